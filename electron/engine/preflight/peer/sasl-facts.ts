import { printable } from '../../../common/printable.ts';
import type { RootShell } from '../../../common/host/root-shell.ts';
import { iniValue } from '../../../setup/config/ini-file.ts';

/** As whom root of a host logs in elsewhere beyond a certificate; what is not known is `undefined`. No password is read. */
export interface RootCredentials {
  /** The principal of root's Kerberos ticket. */
  principal: string | undefined;
  /** The name that auth.conf has for the host asked about. */
  user: string | undefined;
}

/** What a host's SASL library offers and knows; what cannot be read is `undefined`. */
export interface SaslRules {
  /** In lower case. */
  mechanisms: string[] | undefined;
  /** Names in its password database, without what follows the last `@`. */
  users: string[] | undefined;
}

export const authFile = '/etc/libvirt/auth.conf';
export const saslConf = '/etc/sasl2/libvirt.conf';

/** @param host as it stands in the address */
export async function loadRootCredentials(
  root: RootShell,
  host: string,
  signal: AbortSignal,
): Promise<RootCredentials> {
  const [tickets, conf] = await Promise.all([
    look(root, ['klist'], signal),
    // The lines with passwords stay on the host.
    look(root, ['grep', '-vi', '^[[:space:]]*password', '--', authFile], signal),
  ]);
  return {
    principal: /^\s*(?:Default principal|Principal): *(\S+)$/m.exec(tickets ?? '')?.[1],
    user: conf && userFor(conf, host),
  };
}

export async function loadSaslRules(root: RootShell, signal: AbortSignal): Promise<SaslRules> {
  const conf = (await look(root, ['head', '-c', '65536', '--', saslConf], signal)) ?? '';
  const set = (key: string): string | undefined =>
    new RegExp(`^\\s*${key}:\\s*(.*)$`, 'm').exec(conf)?.[1]?.trim();
  const database = set('sasldb_path');
  const users = database && (await look(root, ['sasldblistusers2', '-f', database], signal));
  return {
    mechanisms: set('mech_list')?.toLowerCase().split(/\s+/),
    users: users
      ?.split('\n')
      .flatMap((line) => /^(.+)@[^@]*: userPassword$/.exec(line)?.[1] ?? [])
      .map((name) => printable(name, 100)),
  };
}

/** The sections of docs/auth.rst of libvirt. */
function userFor(conf: string, host: string): string | undefined {
  try {
    const name =
      iniValue(conf, `auth-libvirt-${host}`, 'credentials') ??
      iniValue(conf, 'auth-libvirt-default', 'credentials');
    const section = `credentials-${name ?? ''}`;
    const user = name && (iniValue(conf, section, 'authname') ?? iniValue(conf, section, 'username'));
    return user && printable(user, 100);
  } catch {
    return undefined;
  }
}

async function look(root: RootShell, argv: string[], signal: AbortSignal): Promise<string | undefined> {
  const limits = { signal, deadlineMs: 5_000, maxOutputBytes: 128 * 1024 };
  const { code, stdout } = await root.operate('look', ['env', 'LC_ALL=C', ...argv], limits);
  return code === 0 ? printable(new TextDecoder().decode(stdout), 100_000) : undefined;
}
