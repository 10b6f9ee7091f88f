import { randomBytes } from 'node:crypto';
import type { HostShell } from '../../common/host/host-shell.ts';
import { messageOf, ViaductError } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';
import type { SshTarget } from '../../ssh/session-options.ts';
import { opensshArguments } from './openssh-arguments.ts';
import { OpensshSession, readyWord } from './openssh-session.ts';
import type { OpenEndRequest, OpenRelayEnd, RelayEnd } from './relay-end.ts';

/** Only root can write here, and it is gone after a restart; the AppArmor profiles of libvirt know it. */
const libvirtFolder = '/run/libvirt';

/** Of the host's link; OpenSSH's client gives up on it after less than half of that. */
const defaultSilenceSeconds = 60;

/**
 * Runs on the host for as long as the session stands, and removes the folder when it is over for whatever reason:
 * closed in order, cut, this machine gone, or nothing heard of it for so long that it must be taken to be (sshd keeps a
 * session whose link is silently dead for hours). In that last case it ends its own session as well: a QEMU that goes on
 * sending into it would hold the guest against the next move. The text is constant; a host without coreutils' `timeout`
 * waits for sshd. `timeout` kills, since it hands on that the shell ignores the other signals; its status is 137 then.
 */
const keeper = `trap '' HUP TERM PIPE
parent() {
  while read -r key value; do
    [ "$key" = PPid: ] && echo "$value"
  done <"/proc/$1/status"
}
hang_up() {
  process=$(parent $$)
  while [ "\${process:-0}" -gt 1 ]; do
    read -r name <"/proc/$process/comm" || return
    case $name in sshd*) kill "$process"; return ;; esac
    process=$(parent "$process")
  done
}
echo ${readyWord}
heard=0
if command -v timeout >/dev/null; then
  while byte=$(timeout -s KILL "$2" head -c 1); heard=$?; [ -n "$byte" ]; do :; done
else
  cat >/dev/null
fi
rm -rf -- "$1"
[ "$heard" != 137 ] || hang_up`;

export interface OpensshRelayOptions {
  host: string;
  target: SshTarget;
  /** The application's own commands on the host. */
  shell(signal: AbortSignal | undefined): Promise<HostShell>;
  /** Asked anew each time: the files of the user's configuration may change. */
  knownHostsFiles(signal: AbortSignal | undefined): Promise<readonly string[]>;
  /** On the host, writable for root alone; the folder for the sockets is made in it. */
  parentFolder?: string;
  /** How long the host may hear nothing of this machine before it removes the folder; default 60. */
  silenceSeconds?: number;
}

/** A relay's end that this machine's OpenSSH carries. The login has to be root's: it alone reaches QEMU's sockets. */
export class OpensshRelayEnd implements RelayEnd {
  readonly hostKeyVerified: boolean;
  readonly #options: OpensshRelayOptions;

  constructor(options: OpensshRelayOptions) {
    this.#options = options;
    this.hostKeyVerified = options.target.hostKeys !== 'accept-any';
  }

  async open(request: OpenEndRequest, signal?: AbortSignal): Promise<OpenRelayEnd> {
    const { host, target, parentFolder = libvirtFolder } = this.#options;
    const { silenceSeconds = defaultSilenceSeconds } = this.#options;
    if (process.platform === 'win32') throw noUnixSockets();
    const shell = await this.#options.shell(signal);
    const knownHostsFiles = await this.#options.knownHostsFiles(signal);
    const folder = `${parentFolder}/viaduct-${randomBytes(8).toString('hex')}`;
    await makeFolder(shell, host, folder, request.owner);
    try {
      const sockets = request.sockets(folder);
      const command = ['sh', '-c', keeper, 'viaduct-relay', folder, String(silenceSeconds)];
      const args = opensshArguments({ target, knownHostsFiles, folder, sockets, command });
      const session = await OpensshSession.open({ args, host, beatMs: (silenceSeconds * 1000) / 6 }, signal);
      return {
        folder,
        closed: session.closed,
        close: async () => {
          await session.close();
          await this.#remove(folder);
        },
      };
    } catch (error) {
      await this.#remove(folder);
      throw error;
    }
  }

  /** The keeper on the host does it too; each covers for the other where a connection is gone. */
  async #remove(folder: string): Promise<void> {
    try {
      const shell = await this.#options.shell(undefined);
      await shell.exec(['rm', '-rf', '--', folder], { deadlineMs: 10_000 });
    } catch {
      // The host is out of reach: its keeper sees the session end, or hears nothing any more.
    }
  }
}

async function makeFolder(
  shell: HostShell,
  host: string,
  folder: string,
  { uid, gid }: OpenEndRequest['owner'],
): Promise<void> {
  await must(shell, host, ['mkdir', '-m', '0700', '--', folder]);
  try {
    await must(shell, host, ['chown', `${uid}:${gid}`, '--', folder]);
  } catch (error) {
    await shell.exec(['rmdir', '--', folder]).catch(() => undefined);
    throw error;
  }
}

async function must(shell: HostShell, host: string, argv: readonly string[]): Promise<void> {
  let said: string;
  let cause: unknown;
  try {
    const { code, stderr } = await shell.exec(argv, { deadlineMs: 10_000, maxOutputBytes: 4096 });
    if (code === 0) return;
    said = printable(stderr, 300).trim();
  } catch (error) {
    cause = error;
    said = messageOf(error);
  }
  throw new ViaductError('relay.folder', `No folder for QEMU's sockets can be made on ${host}: ${said}`, {
    cause,
    remedy: `Log in at ${host} as root: sockets of QEMU are open to root alone.`,
  });
}

function noUnixSockets(): ViaductError {
  return new ViaductError('relay.no-openssh', 'OpenSSH for Windows forwards no unix sockets.', {
    side: 'client',
    remedy: 'Use another mode, or run Viaduct on Linux or macOS.',
  });
}
