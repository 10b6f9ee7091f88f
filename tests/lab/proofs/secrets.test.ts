import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PromptView } from '../../../electron/ipc/views.ts';
import { execute, mustRun } from '../command.ts';
import { hosts, Lab, type HostName } from '../lab.ts';
import { keyFile, knownHostsFile } from '../layout.ts';
import { viaduct } from '../support/viaduct.ts';
import {
  addAuthorityKey,
  addKeysOf,
  foundIn,
  lineOfKey,
  plantedSecret,
  type Secrets,
} from './planted-secrets.ts';
import { type ProcessSampler, startSampler } from './process-sampler.ts';
import { ServedPage } from './served-page.ts';
import { type TypedAnswer, typedRun } from './typed-run.ts';

/*
 * Passphrases, passwords and private keys are planted wherever Viaduct meets them; then all of its commands for
 * certificates and hosts are run, and a guest is moved. Afterwards every place is searched where they must not be.
 */

vi.setConfig({ testTimeout: 480_000 });

const both: readonly HostName[] = ['alpha', 'beta'];
const secrets: Secrets = new Map();
let lab: Lab;
let folder: string;
let home: string;
let began: Date;
let shadow: string;
let sampler: ProcessSampler | undefined;
let shown = '';

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  began = new Date();
  folder = await mkdtemp(join(tmpdir(), 'viaduct-secrets-'));
  home = join(folder, 'home');
  shadow = (await lab.mustRun('alpha', ['getent', 'shadow', 'operator'])).split(':')[1] ?? '!';
  await plant();
  sampler = startSampler(join(folder, 'planted-processes'));
});
afterAll(async () => {
  await sampler?.stop();
  await lab.mustRun('alpha', ['usermod', '-p', shadow, 'operator']);
  await lab.mustRun('alpha', ['rm', '-rf', '/etc/nova']);
  await rm(folder, { recursive: true });
});

function planted(what: string): string {
  const secret = plantedSecret();
  secrets.set(what, secret);
  return secret;
}

/** In a file of the workstation that holds nothing else. */
async function plantedFile(what: string): Promise<string> {
  const file = join(folder, `planted-${secrets.size}`);
  await writeFile(file, `${planted(what)}\n`, { mode: 0o600 });
  return file;
}

const files = {
  passphrase: '',
  oldPassphrase: '',
  newPassphrase: '',
  oldKey: '',
  certificate: '',
  login: '',
};
let sshKey: string;

async function plant(): Promise<void> {
  files.passphrase = await plantedFile('passphrase of the authority');
  files.oldPassphrase = await plantedFile('passphrase that an imported key had');
  files.newPassphrase = await plantedFile('passphrase that an imported key gets');
  files.oldKey = join(folder, 'planted-authority.key');
  files.certificate = join(folder, 'authority.pem');
  const request = ['openssl', 'req', '-x509', '-newkey', 'rsa:3072', '-sha256', '-days', '3650'];
  request.push('-subj', '/CN=Old CA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  request.push('-passout', `file:${files.oldPassphrase}`, '-keyout', files.oldKey, '-out', files.certificate);
  await mustRun(request);
  await addAuthorityKey(files.oldKey, files.oldPassphrase, 'key of the imported authority', secrets);

  sshKey = join(folder, 'planted-login');
  await mustRun(['cp', '--preserve=mode', keyFile, sshKey]);
  secrets.set('key of the login', lineOfKey(await readFile(sshKey, 'utf8')));
  const keygen = ['ssh-keygen', '-q', '-p', '-P', '', '-f', sshKey];
  // ssh-keygen asks at a terminal, or takes it as an argument: this is the test's own secret until it begins.
  await mustRun([...keygen, '-N', planted('passphrase of the login')]);

  const sudo = planted('password for sudo');
  await lab.mustRun('alpha', ['tee', '/etc/sudoers.d/operator'], { stdin: 'operator ALL=(root) ALL\n' });
  await lab.mustRun('alpha', ['chmod', '0440', '/etc/sudoers.d/operator']);
  await lab.mustRun('alpha', ['chpasswd'], { stdin: `operator:${sudo}\n` });
  // Beside a line that host setup changes, so that the passwords are within what its diff shows.
  const near = '#default_tls_x509_verify = 1\n';
  const conf = await lab.mustRun('alpha', ['cat', '/etc/libvirt/qemu.conf']);
  const words = `vnc_password = "${planted('vnc_password')}"\nspice_password = "${planted('spice_password')}"\n`;
  await lab.mustRun('alpha', ['tee', '/etc/libvirt/qemu.conf'], { stdin: conf.replace(near, near + words) });
  const nova = `[DEFAULT]\ntransport_url = rabbit://nova:${planted('transport_url')}@mq.lab:5672/\n[libvirt]\nvirt_type = kvm\n`;
  await lab.mustRun('alpha', ['mkdir', '-p', '-m', '0750', '/etc/nova']);
  await lab.mustRun('alpha', ['tee', '/etc/nova/nova.conf'], { stdin: nova });
  await lab.mustRun('alpha', ['chmod', '0640', '/etc/nova/nova.conf']);
}

/** By which the key needs its passphrase, and root's rights the password. */
function operatorUri(): string {
  const query = `keyfile=${sshKey}&known_hosts=${knownHostsFile}`;
  return `qemu+ssh://operator@${hosts.alpha.fqdn}/system?${query}`;
}

async function run(args: readonly string[], codes: readonly number[] = [0]): Promise<void> {
  const { code, stdout, stderr } = await viaduct(args, { environment: { VIADUCT_HOME: home } });
  shown += stdout + stderr;
  expect(codes, `${args.join(' ')}: ${stdout}${stderr}`).toContain(code);
}

async function type(args: readonly string[]): Promise<void> {
  const answers: TypedAnswer[] = [
    { to: /Passphrase of [^\n]*: /, answer: secrets.get('passphrase of the login') ?? '' },
    { to: /Password of [^\n]* for sudo on [^\n]*: /, answer: secrets.get('password for sudo') ?? '' },
  ];
  const typed = await typedRun(args, home, answers);
  shown += typed.shown;
  expect(typed.code, typed.shown).toBe(0);
}

describe('planted secrets', () => {
  it('log in to a daemon', async () => {
    const password = planted('password for the daemon');
    const login = join(folder, 'planted-auth.conf');
    const credentials = `[credentials-lab]\nauthname=admin\npassword=${password}\n`;
    const use = `[auth-libvirt-${hosts.alpha.fqdn}]\ncredentials=lab\n`;
    await writeFile(login, credentials + use, { mode: 0o600 });
    const rules = { auth_tls: 'sasl', mechanisms: ['SCRAM-SHA-256'], users: { admin: password } } as const;
    await using restored = new AsyncDisposableStack();
    restored.use(await lab.setLogins('alpha', 'libvirtd', rules, ['tls']));
    await run(['guests', `${lab.tlsUri('alpha')}&authfile=${login}`]);
  });

  it('are typed on the screen of the wizard, which gives hosts certificates and sets them up', async () => {
    const passphraseFile = await plantedFile('passphrase typed on the screen');
    const passphrase = secrets.get('passphrase typed on the screen') ?? '';
    const answers: Partial<Record<PromptView['kind'], string>> = {
      passphrase: secrets.get('passphrase of the login') ?? '',
      sudo: secrets.get('password for sudo') ?? '',
    };
    await using page = await ServedPage.open(home, ({ kind }) => answers[kind] ?? '');
    const name = 'Screen CA';
    await page.call('authorities.create', { name, key: 'p256', days: 30, passphrase, remember: false });
    await addAuthorityKey(join(home, 'pki', name, 'ca-key.pem'), passphraseFile, `key of ${name}`, secrets);
    await page.call('authorities.lock', { name });
    const wrong = { name, passphrase: planted('passphrase that is wrong'), remember: false };
    await expect(page.call('authorities.unlock', wrong)).rejects.toThrow();
    await page.call('authorities.unlock', { name, passphrase, remember: false });
    const hostIds = [await page.addHost(operatorUri()), await page.addHost(lab.sshUri('beta'))];
    const { wishes } = await page.work('wizard.chooseHosts', { hostIds });
    await page.work('wizard.chooseAuthority', { name });
    for (const step of ['names', 'certificates'] as const) await page.work('wizard.goTo', { step });
    await page.work('wizard.deploy', {});
    for (const host of both) await addKeysOf(hosts[host], 'set of the screen', secrets);
    await page.work('wizard.goTo', { step: 'changes' });
    await page.work('wizard.setWishes', { ...wishes, forceTls: true });
    const { changes } = await page.work('wizard.applyChanges', {});
    expect(changes.map(({ state }) => state)).toEqual(['applied', 'applied']);
    for (const hostId of hostIds) await page.work('wizard.undoChanges', { hostId });
    expect(new Set(page.answered)).toEqual(new Set(['passphrase', 'sudo']));
    shown += page.shown;
  });

  it('are used by every command for certificates', async () => {
    const uris = both.map((host) => lab.sshUri(host));
    const ca = ['--passphrase-file', files.passphrase, '--ca', 'Planted CA'];
    await run(['pki', 'create-ca', '--name', 'Planted CA', '--passphrase-file', files.passphrase]);
    await addAuthorityKey(
      join(home, 'pki', 'Planted CA', 'ca-key.pem'),
      files.passphrase,
      'key of the authority',
      secrets,
    );
    await run([
      ...['pki', 'import-ca', '--name', 'Old CA', '--certificate', files.certificate, '--key', files.oldKey],
      ...['--key-passphrase-file', files.oldPassphrase, '--passphrase-file', files.newPassphrase],
    ]);
    await run(['pki', 'deploy', ...uris, ...ca]);
    for (const host of both) await addKeysOf(hosts[host], 'first set', secrets);
    await run(['pki', 'renew', ...uris, ...ca, '--json']);
    for (const host of both) await addKeysOf(hosts[host], 'second set', secrets);
    await run(['pki', 'validate', ...uris]);
    await run(['pki', 'status', ...uris, '--json']);
  });

  it('are typed at a terminal, and are in the files that are changed', async () => {
    const uri = operatorUri();
    await type(['host', 'inspect', uri]);
    await type(['host', 'prepare', uri, '--peer', hosts.beta.address, '--yes']);
    await type(['host', 'undo', uri, '--yes']);
    for (const name of ['vnc_password', 'spice_password', 'transport_url']) {
      expect(shown).toContain(`${name} = ********`);
    }
  });

  it('are used while a guest moves, certificates are revoked and put back', async () => {
    const [source = '', destination = ''] = both.map((host) => lab.sshUri(host));
    await run(['migrate', 'web01', '--source', source, '--destination', destination]);
    await run(['migrate', 'web01', '--source', destination, '--destination', source, '--json']);
    await run(['pki', 'undo', source]);
    await run(['pki', 'revoke', destination, '--passphrase-file', files.passphrase, '--ca', 'Planted CA']);
    // A mistake shows as little as success.
    await run(['pki', 'deploy', source, '--passphrase-file', files.newPassphrase, '--ca', 'Planted CA'], [2]);
  });

  it('are found nowhere: not shown, kept, logged, nor in a list of processes', async () => {
    expect(secrets.size).toBeGreaterThanOrEqual(20);
    expect(foundIn(shown, secrets), 'shown').toEqual([]);
    const seen = (await sampler?.stop()) ?? '';
    sampler = undefined;
    const [head = ''] = seen.split('\n', 1);
    expect(Number(head.split(' ')[1])).toBeGreaterThan(1000);
    expect(seen, 'arguments on the hosts').toContain('viaduct-setup.lock');
    expect(seen, 'environments here').toContain(`VIADUCT_HOME=${home}`);
    expect(foundIn(seen, secrets), 'arguments and environments').toEqual([]);
    expect(await foundBelow(home), 'kept by Viaduct').toEqual([]);
    expect(await foundInTmp(), 'temporary files of this machine').toEqual([]);
    for (const host of both) expect(await foundOn(host), `on ${host}`).toEqual([]);
  });

  it('would be found: a control of the search itself', async () => {
    const [[what, secret] = ['', '']] = [...secrets];
    await lab.mustRun('alpha', ['logger', '--tag', 'control'], { stdin: `it is ${secret}\n` });
    await lab.mustRun('beta', ['tee', '/var/tmp/control'], { stdin: `it is ${secret}\n` });
    await writeFile(join(home, 'control'), secret);
    await lab.mustRun('beta', ['tee', '/var/lib/libvirt/control'], { stdin: secret });
    expect(await foundOn('alpha')).toEqual([`journal: ${what}`]);
    expect((await foundOn('beta')).toSorted()).toEqual(['/var/lib/libvirt/control', '/var/tmp/control']);
    expect(await foundInTmp()).toEqual([`${join(home, 'control')}: ${what}`]);
    expect(await foundBelow(home)).toEqual([`control: ${what}`]);
    expect(foundIn(`sudo -S ${secret}`, secrets)).toEqual([what]);
  });
});

async function foundBelow(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = await readFile(join(entry.parentPath, entry.name), 'latin1');
    found.push(...foundIn(text, secrets).map((what) => `${entry.name}: ${what}`));
  }
  return found;
}

/** Files that were written since the test began, but those that the secrets were planted in. */
async function foundInTmp(): Promise<string[]> {
  const since = began.toISOString();
  const find = ['find', tmpdir(), '-xdev', '-type', 'f', '-newermt', since, '-size', '-8M'];
  const { stdout } = await execute([...find, '!', '-name', 'planted-*', '-print']);
  const found: string[] = [];
  for (const file of stdout.split('\n').filter((name) => name !== '')) {
    const text = await readFile(file, 'latin1').catch(() => '');
    found.push(...foundIn(text, secrets).map((what) => `${file}: ${what}`));
  }
  return found;
}

/** Where they belong on a host, and what host setup and the certificates' undo keep beside these. */
const legitimate =
  /^\/etc\/(?:pki\/.*key\.pem|libvirt\/qemu\.conf|nova\/nova\.conf)(?:\.viaduct-[\w-]+\.old)?$/;

async function foundOn(host: HostName): Promise<string[]> {
  const patterns = [...secrets.values()].map((secret) => `${secret}\n`).join('');
  const places = ['/etc', '/home', '/root', '/run', '/tmp', '/var/cache', '/var/log', '/var/tmp'];
  places.push('/dev/shm', '/opt', '/srv', '/var/lib', '/var/spool');
  // The journal's own files are packed; they are read as journalctl shows them.
  const grep = ['grep', '-rlF', '--exclude-dir=journal', '--devices=skip', '--file=-', ...places];
  const { stdout } = await lab.run(host, grep, { stdin: patterns });
  const journal = await lab.mustRun(host, ['journalctl', '--no-pager', '--quiet', '--all', '--output=cat']);
  return [
    ...stdout.split('\n').filter((file) => file !== '' && !legitimate.test(file)),
    ...foundIn(journal, secrets).map((what) => `journal: ${what}`),
  ];
}
