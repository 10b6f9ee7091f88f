import { connect, type Socket } from 'node:net';
import { messageOf } from '../common/errors.ts';
import { abortError } from './deadline.ts';
import { SshError } from './errors.ts';

/**
 * Opens a TCP connection, over IPv6 and IPv4 in turn where the name has both.
 *
 * Fails with `ssh-unreachable` and a sentence for each cause, or with the signal's reason.
 */
export function dial(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const settle = (): void => {
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
    };
    const fail = (error: Error): void => {
      settle();
      socket.destroy();
      reject(unreachable(host, port, error));
    };
    const abort = (): void => {
      settle();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(abortError(signal));
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}

export function connectTimedOut(host: string, port: number, limitMs: number): SshError {
  return new SshError(
    'ssh-unreachable',
    `${host} did not answer on port ${port} within ${limitMs / 1000} s.`,
    {
      remedy: 'Check that the host is up, and that no firewall drops the connection.',
    },
  );
}

function unreachable(host: string, port: number, error: Error): SshError {
  const [message, remedy] = explain(host, port, error);
  return new SshError('ssh-unreachable', message, { cause: error, remedy });
}

function explain(host: string, port: number, error: Error): [message: string, remedy: string] {
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOTFOUND':
      return [
        `The name ${host} cannot be resolved.`,
        'Check the spelling, and the DNS or /etc/hosts of this machine.',
      ];
    case 'EAI_AGAIN':
      return [
        `The name ${host} cannot be resolved right now: the DNS does not answer.`,
        'Check the network of this machine and try again.',
      ];
    case 'ECONNREFUSED':
      return [
        `${host} refuses connections on port ${port}.`,
        'Check that sshd runs there and listens on this port.',
      ];
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return [`There is no route to ${host}.`, 'Check the address, the network and the VPN of this machine.'];
    case 'ETIMEDOUT':
      return [
        `${host} did not answer on port ${port}.`,
        'Check that the host is up, and that no firewall drops the connection.',
      ];
    case 'ECONNRESET':
      return [
        `${host} cut the connection on port ${port} at once.`,
        "Look into the host's sshd log and its firewall.",
      ];
    default:
      return [
        `${host} cannot be reached on port ${port}: ${messageOf(error)}.`,
        'Check the address and the network.',
      ];
  }
}
