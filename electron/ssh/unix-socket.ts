import type { ClientChannel } from 'ssh2';
import type { ByteStream } from '../common/byte-stream.ts';
import { messageOf } from '../common/errors.ts';
import { ChannelStream } from './channel-stream.ts';
import type { Commands } from './commands.ts';
import { abortable, abortError, Deadline } from './deadline.ts';
import { SshError } from './errors.ts';
import type { Link } from './link.ts';
import { printable } from '../common/printable.ts';
import { channelRefusal } from './session-slots.ts';

const OPEN_TIMEOUT_MS = 30_000;
/** sun_path of unix(7), less the final NUL. */
const MAX_PATH_BYTES = 107;
/** SSH_OPEN_CONNECT_FAILED of RFC 4254, section 5.1. */
const CONNECT_FAILED = 2;

/** Connects to a unix socket on the host, by OpenSSH's `direct-streamlocal@openssh.com` channels. */
export async function openUnixSocket(
  link: Link,
  commands: Commands,
  path: string,
  signal?: AbortSignal,
): Promise<ByteStream> {
  if (!path.startsWith('/') || path.includes('\0') || Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new SshError(
      'ssh-bad-target',
      `${JSON.stringify(path.slice(0, 200))} cannot be the path of a socket.`,
      {
        remedy: 'Give an absolute path of at most 107 bytes.',
      },
    );
  }
  using deadline = new Deadline(OPEN_TIMEOUT_MS, () => tooSlow(link.host, path), signal);
  try {
    return new ChannelStream(await openChannel(link, path, deadline.signal), link);
  } catch (error) {
    if (error instanceof SshError) throw error;
    throw channelRefusal(error) === CONNECT_FAILED
      ? await explainFailure(link.host, commands, path, deadline.signal, error)
      : refused(link.host, path, messageOf(error), error);
  }
}

async function openChannel(link: Link, path: string, signal: AbortSignal): Promise<ClientChannel> {
  link.assertOpen();
  const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>();
  link.client.openssh_forwardOutStreamLocal(path, (error, channel) => {
    if (error) reject(link.brokenBy ?? error);
    else if (signal.aborted) channel.close();
    else resolve(channel);
  });
  return abortable(promise, signal);
}

/**
 * OpenSSH gives the same answer ("open failed", reason 2) whether its configuration forbids the forward or the
 * socket does not accept (server_request_direct_streamlocal in its serverloop.c; seen with 9.2). So the host is asked
 * whether this user could connect: if so, it was the configuration.
 */
async function explainFailure(
  host: string,
  commands: Commands,
  path: string,
  signal: AbortSignal,
  cause: unknown,
): Promise<SshError> {
  const holds = async (test: string): Promise<boolean> =>
    (await commands.run(['test', test, path], { signal })).code === 0;
  try {
    if (!(await holds('-S'))) return missing(`There is no socket ${path} on ${host}.`, path, cause);
    if (!(await holds('-w'))) {
      return new SshError(
        'ssh-socket-missing',
        `Your user may not connect to the socket ${path} on ${host}.`,
        {
          cause,
          remedy: `Log in as root, or as a user with access to ${path} (on many systems a member of the group libvirt).`,
        },
      );
    }
    return refused(host, path, 'the socket is there, but the server does not forward to it', cause);
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    return refused(host, path, 'and commands, which could tell why, are refused too', error);
  }
}

function missing(message: string, path: string, cause: unknown): SshError {
  return new SshError('ssh-socket-missing', message, {
    cause,
    remedy: `Check that the service behind ${path} runs ("systemctl status libvirtd.socket virtqemud.socket").`,
  });
}

function refused(host: string, path: string, detail: string, cause: unknown): SshError {
  return new SshError(
    'ssh-forwarding-refused',
    `The SSH server of ${host} does not forward to ${path}: ${printable(detail, 200)}.`,
    {
      cause,
      remedy:
        'Allow it with "AllowStreamLocalForwarding local" in sshd_config, and no "restrict" or "no-port-forwarding" before your key in authorized_keys.',
    },
  );
}

function tooSlow(host: string, path: string): SshError {
  return new SshError('ssh-cancelled', `${host} did not open ${path} within ${OPEN_TIMEOUT_MS / 1000} s.`, {
    remedy: `Check the load of ${host} and try again.`,
  });
}
