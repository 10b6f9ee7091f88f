import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2, { type Client, type ClientChannel, type Connection, type ServerChannel } from 'ssh2';
import { type HostLayout, keyFile } from '../layout.ts';
import { hostKeyFile } from '../ssh-access.ts';
import { describeCommand, type CommandSeen } from './command-seen.ts';
import { isBeingChanged } from './setup-lock.ts';

/** When the link is cut, seen from one command: not begun, half of its input given, at work, done but not told. */
export const moments = ['before', 'in', 'working', 'after'] as const;
export type Moment = (typeof moments)[number];

/** The `nth` command, from 0, of those that do the same. */
export interface CutPoint {
  what: string;
  nth: number;
  moment: Moment;
}

interface Link {
  here: Connection;
  /** To the host. */
  there: Client;
  socket: Socket;
}

/**
 * An SSH server between Viaduct and a host of the lab. It shows the host's own key, passes everything on, and knows so
 * what is run. At one chosen point it breaks both connections, and from then on nobody gets through, until `mend`.
 */
export class CuttingProxy implements AsyncDisposable {
  readonly commands: CommandSeen[] = [];
  readonly #host: HostLayout;
  readonly #server: Server;
  readonly #clientKey: Buffer;
  readonly #links = new Set<Link>();
  #cut: CutPoint | undefined;
  #isCut = false;

  static async start(host: HostLayout): Promise<CuttingProxy> {
    const [hostKey, clientKey] = await Promise.all([
      readFile(hostKeyFile(host, 'ed25519')),
      readFile(keyFile),
    ]);
    const proxy = new CuttingProxy(host, hostKey, clientKey);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(host: HostLayout, hostKey: Buffer, clientKey: Buffer) {
    this.#host = host;
    this.#clientKey = clientKey;
    // The name says that sockets can be forwarded.
    const ssh = new ssh2.Server({ hostKeys: [hostKey], ident: 'OpenSSH_9.2' }, (here) => this.#meet(here));
    this.#server = createServer({ noDelay: true }, (socket) => ssh.injectSocket(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Counts commands from 0 again, and cuts where told; nowhere without a point. */
  mend(cut?: CutPoint): void {
    this.#cut = cut;
    this.#isCut = false;
    this.commands.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#breakLinks();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #breakLinks(): void {
    for (const { here, socket } of this.#links) {
      here.end();
      // What was given to it last goes out before the end.
      socket.destroySoon();
    }
    this.#links.clear();
  }

  #isFor({ what, nth }: CommandSeen, moment: Moment): boolean {
    const cut = this.#cut;
    return cut?.what === what && cut.nth === nth && cut.moment === moment;
  }

  #cutHere(seen: CommandSeen, moment: Moment): boolean {
    if (!this.#isFor(seen, moment)) return false;
    this.#isCut = true;
    this.#breakLinks();
    return true;
  }

  /** As soon as the host is seen to have begun; what sshd had not handed on would be lost with the link. */
  async #cutAtWork(seen: CommandSeen): Promise<void> {
    while (!this.#isCut && !(await isBeingChanged(this.#host))) await delay(1);
    this.#cutHere(seen, 'working');
  }

  #meet(here: Connection): void {
    here.on('error', () => undefined);
    if (this.#isCut) {
      here.end();
      return;
    }
    const there = new ssh2.Client();
    const socket = connect({ host: this.#host.address, port: 22, noDelay: true });
    const link = { here, there, socket };
    this.#links.add(link);
    const ready = once(there, 'ready');
    ready.catch(() => here.end());
    there.on('error', () => here.end());
    there.on('close', () => here.end());
    here.on('close', () => {
      there.end();
      this.#links.delete(link);
    });
    socket.on('error', () => here.end());
    there.connect({ sock: socket, username: 'root', privateKey: this.#clientKey });
    here.on('authentication', (login) => {
      if (login.method === 'publickey') ready.then(() => login.accept()).catch(() => undefined);
      else login.reject(['publickey']);
    });
    here.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
      there.openssh_forwardOutStreamLocal(socketPath, (error, channel) => {
        if (error) reject();
        else join(accept(), channel);
      });
    });
    here.on('session', (acceptSession) => {
      const session = acceptSession();
      session.on('exec', (accept, reject, { command }) => this.#run(there, command, accept, reject));
    });
  }

  #run(there: Client, command: string, accept: () => ServerChannel, reject: () => void): void {
    const seen = describeCommand(command, this.commands);
    this.commands.push(seen);
    if (this.#cutHere(seen, 'before')) return;
    there.exec(command, (error, channel) => {
      if (error) {
        reject();
        return;
      }
      this.#carry(seen, accept(), channel);
    });
  }

  #carry(seen: CommandSeen, here: ServerChannel, there: ClientChannel): void {
    const input: Buffer[] = [];
    here.on('data', (chunk: Buffer) => {
      if (this.#isFor(seen, 'in')) input.push(chunk);
      else there.write(chunk);
    });
    here.on('end', () => {
      if (this.#isFor(seen, 'in')) {
        const all = Buffer.concat(input);
        there.write(all.subarray(0, Math.floor(all.length / 2)), () => this.#cutHere(seen, 'in'));
        return;
      }
      there.end();
      if (this.#isFor(seen, 'working')) void this.#cutAtWork(seen);
    });
    there.on('data', (chunk: Buffer) => here.write(chunk));
    there.stderr.on('data', (chunk: Buffer) => here.stderr.write(chunk));
    there.on('exit', (code: number | null, signal?: string) => {
      // Done before it was seen at work.
      if (this.#cutHere(seen, 'after') || this.#cutHere(seen, 'working')) return;
      if (code === null) here.exit(signal ?? 'TERM');
      else here.exit(code);
    });
    there.on('close', () => here.close());
    here.on('close', () => there.close());
    for (const channel of [here, there]) channel.on('error', () => undefined);
  }
}

function join(here: ServerChannel, there: ClientChannel): void {
  here.pipe(there).pipe(here);
  here.on('close', () => there.close());
  there.on('close', () => here.close());
  for (const channel of [here, there]) channel.on('error', () => undefined);
}
