import { isPlainHost, isPlainUser } from '../common/login-names.ts';
import { SshError } from './errors.ts';
import type { SshTarget } from './session-options.ts';

/**
 * Refuses hosts and users that could be read as an option, a pattern or shell text by anything they are given to:
 * `ssh -G` (whose configuration may hold `Match exec` with %h), known-hosts files, and the screen.
 *
 * Throws SshError `ssh-bad-target`.
 */
export function checkTarget({ host, port, user }: Pick<SshTarget, 'host' | 'port' | 'user'>): void {
  if (!isPlainHost(host)) throw bad('host name', host);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65535))
    throw bad('port', String(port));
  if (user !== undefined && !isPlainUser(user)) throw bad('user name', user);
}

/** Reads one hop of a ProxyJump setting: `[user@]host[:port]` or `ssh://[user@]host[:port]`. */
export function parseHop(text: string): SshTarget {
  const match =
    /^(?:ssh:\/\/)?(?:(?<user>.*)@)?(?:\[(?<v6>[^\]]+)\]|(?<host>[^:@]+))(?::(?<port>\d{1,5}))?\/?$/.exec(
      text,
    );
  const { user, v6, host = v6, port } = match?.groups ?? {};
  if (host === undefined) throw bad('jump host', text);
  const hop = {
    host,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port: Number(port) }),
  };
  checkTarget(hop);
  return hop;
}

function bad(what: string, value: string): SshError {
  return new SshError(
    'ssh-bad-target',
    `${JSON.stringify(value.slice(0, 80))} cannot be used as a ${what}.`,
    {
      remedy: 'Letters, digits, dots, dashes and underscores are allowed; it cannot begin with a dash.',
    },
  );
}
