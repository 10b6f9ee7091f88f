import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecLimits, ExecResult } from '../../../../electron/common/host/host-shell.ts';
import { LibvirtClient, procedures } from '../../../../electron/libvirt/index.ts';
import type { SetupHost } from '../../../../electron/setup/setup-host.ts';
import { FakeDaemon } from '../../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../../fakes/stream-pair.ts';
import { asRoot, firewallCmd, missing, nothing, recorder, systemctl, trippingTool, ufw } from './tools.ts';

export class LinkLost extends Error {}

/** Where a link is cut: at the n-th command from now, or after so many tools that change files. */
export type Cut = { command: number; where: 'before' | 'after' | 'half its input' } | { tools: number };

const capabilities = `<capabilities><host><uuid>1</uuid>
<secmodel><model>dac</model><baselabel type='kvm'>+64055:+64055</baselabel></secmodel></host></capabilities>`;

const qemuConf = `# Master configuration file for the QEMU driver.
#default_tls_x509_cert_dir = "/etc/pki/qemu"

#default_tls_x509_verify = 1
vnc_password = "planted-secret"
user = "libvirt-qemu"
`;

/** A host whose files are below a folder, with the real helper script at work on them, and a link that can be cut. */
export class SimulatedHost implements SetupHost {
  readonly name: string;
  readonly connectUri: string;
  readonly folder = mkdtempSync(join(tmpdir(), 'viaduct-host-'));
  readonly root = join(this.folder, 'root');
  /** Command lines that ran, without the helper's text. */
  readonly ran: string[][] = [];
  cut: Cut | undefined;
  /** As libvirt counts it. */
  libvirtVersion = 9_000_000n;
  #commands = 0;
  #linked = true;

  /** Two of them need two names. */
  constructor(name = 'alpha.sim') {
    this.name = name;
    this.connectUri = `qemu+ssh://root@${name}/system`;
    for (const dir of ['bin', 'units', 'root/run', 'root/proc/net', 'root/etc/systemd/system'])
      mkdirSync(join(this.folder, dir), { recursive: true });
    this.write('/etc/os-release', 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n');
    this.write('/etc/machine-id', `${Buffer.from(name).toString('hex').padEnd(32, '0').slice(0, 32)}\n`);
    this.write('/etc/libvirt/qemu.conf', qemuConf, 0o600);
    this.write('/etc/libvirt/libvirtd.conf', '#listen_tls = 0\n');
    for (const file of ['ca-cert', 'server-cert', 'server-key', 'client-cert', 'client-key']) {
      this.write(`/etc/pki/qemu/${file}.pem`, '');
    }
    this.write('/etc/pki/CA/cacert.pem', '');
    this.write('/etc/pki/libvirt/servercert.pem', '');
    this.write('/etc/pki/libvirt/private/serverkey.pem', '');
    this.write('/proc/net/tcp', '');
    this.write('/proc/net/tcp6', '');
    this.unit('libvirtd.service', 'exists', 'active', 'enabled');
    this.unit('libvirtd.socket', 'exists', 'active', 'enabled');
    this.unit('libvirtd-tls.socket', 'exists');
    const tools = {
      systemctl,
      ufw,
      id: asRoot,
      nft: missing,
      'firewall-cmd': missing,
      iptables: missing,
      sync: nothing,
    };
    for (const [tool, text] of Object.entries(tools)) this.tool(tool, text);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, maxRetries: 5 });
  }

  tool(name: string, text: string): void {
    const path = join(this.folder, 'bin', name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  }

  unit(name: string, ...states: ('exists' | 'active' | 'enabled')[]): void {
    for (const state of states) writeFileSync(join(this.folder, 'units', `${name}.${state}`), '');
  }

  isUnit(name: string, state: 'active' | 'enabled'): boolean {
    return existsSync(join(this.folder, 'units', `${name}.${state}`));
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
    chmodSync(join(this.root, path), mode);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  hasFirewall(): void {
    writeFileSync(join(this.folder, 'ufw'), '');
    this.write('/etc/ufw/user.rules', '# as it was\n', 0o640);
  }

  hasFirewalld(): void {
    this.tool('firewall-cmd', firewallCmd);
  }

  /** What firewalld lets in. */
  firewalldRules(kept: 'runtime' | 'permanent'): string[] {
    const text = readFileSync(join(this.folder, `firewalld.${kept}`), 'utf8');
    return text.split('\n').filter((line) => line !== '');
  }

  /** Labels are given to files by tools that write down what they were asked. */
  hasSelinux(): void {
    this.write('/sys/fs/selinux/enforce', '1');
    for (const name of ['restorecon', 'chcon']) this.tool(name, recorder(name));
  }

  /** What the tools were asked that write it down, oldest first. */
  recorded(): string[] {
    const text = readFileSync(join(this.folder, 'recorded'), 'utf8');
    return this.#asOfTheHost(Buffer.from(text)).toString().trim().split('\n');
  }

  /** Whenever the daemon was stopped, a client wakes it at once. */
  hasEagerClient(): void {
    writeFileSync(join(this.folder, 'eager'), '');
  }

  /** The daemon does not start with a qemu.conf that has this text in it. */
  poison(text: string): void {
    writeFileSync(join(this.folder, 'poison'), text);
  }

  /** Every file of /etc with its mode and content, and the state of every unit. */
  state(): Record<string, string> {
    const found: Record<string, string> = {};
    const etc = join(this.root, 'etc');
    for (const entry of readdirSync(etc, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const mode = statSync(path).mode.toString(8);
      const content = entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
      found[path.slice(this.root.length)] = `${mode} ${content}`;
    }
    for (const unit of readdirSync(join(this.folder, 'units'))) found[unit] = '';
    return found;
  }

  /** A new link; the cut is over. */
  reconnect(): void {
    this.cut = undefined;
    this.#commands = 0;
    this.#linked = true;
    rmSync(join(this.folder, 'count'), { force: true });
  }

  shell(): Promise<{ exec: SimulatedHost['exec'] }> {
    return Promise.resolve({ exec: this.exec });
  }

  async connect(): Promise<LibvirtClient> {
    if (!this.#linked) throw new LinkLost('the link is down');
    const { code } = await this.#run(['systemctl', 'start', 'libvirtd.service'], undefined, undefined);
    if (code !== 0) throw new Error('connection refused');
    const { client: ours, server: theirs } = streamPair();
    const daemon = new FakeDaemon(theirs);
    daemon.answer(procedures.connectGetLibVersion, () => ({ libVer: this.libvirtVersion }));
    daemon.answer(procedures.connectGetVersion, () => ({ hvVer: 7_002_000n }));
    daemon.answer(procedures.connectGetCapabilities, () => ({ capabilities }));
    daemon.answer(procedures.connectListAllDomains, () => ({ domains: [], ret: 0 }));
    return LibvirtClient.open(ours, { name: 'qemu:///system', hostLabel: this.name });
  }

  readonly exec = async (argv: readonly string[], options: ExecLimits = {}): Promise<ExecResult> => {
    if (!this.#linked) throw new LinkLost('the link is down');
    this.ran.push(argv.filter((word) => !word.includes('\n')));
    const { cut } = this;
    this.#commands += 1;
    if (cut === undefined) return this.#run(argv, options.stdin, undefined);
    if ('tools' in cut) {
      return argv[0] === 'sh'
        ? this.#tripped(argv, options.stdin, cut.tools)
        : this.#run(argv, undefined, undefined);
    }
    if (this.#commands !== cut.command) return this.#run(argv, options.stdin, undefined);
    this.#linked = false;
    if (cut.where === 'after') await this.#run(argv, options.stdin, undefined);
    if (cut.where === 'half its input') {
      await this.#run(argv, options.stdin?.subarray(0, options.stdin.length / 2), undefined);
    }
    throw new LinkLost('the link was cut');
  };

  async #tripped(argv: readonly string[], stdin: Uint8Array | undefined, tools: number): Promise<ExecResult> {
    const count = join(this.folder, 'count');
    if (!existsSync(count)) {
      writeFileSync(count, '0');
      for (const tool of ['install', 'cat', 'ln', 'mv', 'rm', 'cp'])
        this.tool(tool, trippingTool(`/bin/${tool}`));
      this.tool('systemctl.real', systemctl);
      this.tool('systemctl', trippingTool(join(this.folder, 'bin/systemctl.real')));
      this.tool('ufw.real', ufw);
      this.tool('ufw', trippingTool(join(this.folder, 'bin/ufw.real')));
    }
    const result = await this.#run(argv, stdin, tools);
    if (Number(readFileSync(count, 'utf8')) < tools) return result;
    this.#linked = false;
    throw new LinkLost('the host died');
  }

  /** Absolute paths of what belongs to the host are below its folder. */
  #run(
    argv: readonly string[],
    stdin: Uint8Array | undefined,
    trip: number | undefined,
  ): Promise<ExecResult> {
    const [program = '', ...args] = argv.map((word) =>
      word
        .replace(/^\/(?=(etc|run|proc|sys|root)\/)/, `${this.root}/`)
        // The one path that stands in the helpers' text.
        .replaceAll(' /sys/fs/selinux/', ` ${this.root}/sys/fs/selinux/`),
    );
    const env = {
      PATH: `${this.folder}/bin:/usr/bin:/bin`,
      SIM: this.folder,
      TRIP: trip === undefined ? '' : String(trip),
    };
    return new Promise((resolve, reject) => {
      const child = execFile(program, args, { env, encoding: 'buffer' }, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        const answer = this.#asOfTheHost(stdout);
        if (typeof code === 'number') resolve({ code, stdout: answer, stderr: stderr.toString() });
        else if (code === 'ENOENT') resolve({ code: 127, stdout, stderr: '' });
        else reject(error ?? new Error('no exit code'));
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(stdin);
    });
  }

  #asOfTheHost(output: Buffer): Buffer {
    return Buffer.from(output.toString('latin1').replaceAll(this.root, ''), 'latin1');
  }
}
