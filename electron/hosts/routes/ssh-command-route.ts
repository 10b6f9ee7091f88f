import type { ByteStream } from '../../common/byte-stream.ts';
import { ViaductError } from '../../common/errors.ts';
import { quoteCommand } from '../../common/shell-quote.ts';
import { openSshCommandTransport, sshProgram, type ParsedUri } from '../../libvirt/index.ts';
import type { HostShell } from '../host-access.ts';
import type { HostSecurity } from '../snapshots.ts';
import { localShell } from './local-shell.ts';
import type { OpenDaemonOptions, Route } from './route.ts';

/** The exit status by which an ssh program says that it failed itself (ssh(1), "EXIT STATUS"). */
const sshFailed = 255;

/**
 * The ssh program that the URI names with `command`, one run for each connection and each command: with the user's own
 * configuration, keys and certificates, which this application has no part in.
 */
export class SshCommandRoute implements Route {
  readonly transport: string;
  readonly encrypted = true;
  readonly notes: readonly string[] = [];
  readonly seen = undefined;
  readonly security: HostSecurity;
  readonly #uri: ParsedUri;

  constructor(uri: ParsedUri) {
    const { command = 'ssh', noVerify } = uri.parameters;
    this.#uri = uri;
    this.transport = `ssh, by ${command}`;
    this.security = noVerify
      ? {
          level: 'unverified',
          summary: `Encrypted by ${command}, but no_verify=1 lets it accept any host key.`,
        }
      : { level: 'unknown', summary: `Encrypted by ${command}, which checks the host key by its own rules.` };
  }

  openDaemon(signal: AbortSignal | undefined, { readOnly }: OpenDaemonOptions = {}): Promise<ByteStream> {
    return openSshCommandTransport(this.#uri, { readOnly, signal });
  }

  /** Asking the host would take a second run of the program, and with it perhaps a second login. */
  daemon(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  shell(): Promise<HostShell> {
    const { server = 'localhost' } = this.#uri;
    return Promise.resolve({
      exec: async (argv, options) => {
        const result = await localShell.exec([...sshProgram(this.#uri), quoteCommand(argv)], options);
        if (result.code !== sshFailed) return result;
        throw new ViaductError(
          'ssh-command-failed',
          `The program of the connect URI does not reach ${server}.`,
          {
            cause: new Error(result.stderr),
            remedy: `Run "${sshProgram(this.#uri).join(' ')} true" in a terminal to see why.`,
          },
        );
      },
    });
  }

  /** Each stream is a program of its own and ends with the client that uses it. */
  drop(): Promise<void> {
    return Promise.resolve();
  }
}
