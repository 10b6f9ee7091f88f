import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DaemonName, type NetworkSocket, startDaemon, stopDaemon } from './daemons.ts';
import { mustRunOnHost } from './host.ts';
import type { HostLayout } from './layout.ts';

/** Those that clients of guests are connected to. */
export type LoginDaemon = Exclude<DaemonName, 'virtstoraged'>;
export type AuthScheme = 'none' | 'polkit' | 'sasl';

/** How clients have to log in; what is not given is the daemon's own default. */
export interface LoginRules {
  auth_unix_rw?: AuthScheme;
  auth_unix_ro?: AuthScheme;
  auth_tcp?: Exclude<AuthScheme, 'polkit'>;
  auth_tls?: Exclude<AuthScheme, 'polkit'>;
  /** The weakest security layer that plain TCP may have; 112 where not given. */
  tcp_min_ssf?: number;
  /** Whose certificates are let in, and which users; everybody where not given. */
  tls_allowed_dn_list?: readonly string[];
  sasl_allowed_username_list?: readonly string[];
  /** Mechanisms that are offered, of those that suit the transport. */
  mechanisms?: readonly string[];
  /** Names and passwords. */
  users?: Readonly<Record<string, string>>;
}

const saslConfig = 'etc/sasl2/libvirt.conf';
const saslDatabase = 'etc/libvirt/passwd.db';

/**
 * Gives a daemon login rules and restarts it, listening for other machines on the sockets named; everything is put
 * back when disposed of, the daemon then listening for TLS only.
 */
export async function setLogins(
  host: HostLayout,
  daemon: LoginDaemon,
  rules: LoginRules,
  sockets: readonly NetworkSocket[],
): Promise<AsyncDisposable> {
  const config = join(host.root, `etc/libvirt/${daemon}.conf`);
  const files = [config, join(host.root, saslConfig)];
  const before = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const restart = async (network: readonly NetworkSocket[]): Promise<void> => {
    await stopDaemon(host, daemon);
    await startDaemon(host, daemon, network);
  };

  const { mechanisms, users = {}, ...settings } = rules;
  await writeFile(config, withSettings(before[0] ?? '', settings));
  if (mechanisms !== undefined) {
    const lines = [`mech_list: ${mechanisms.join(' ')}`, 'keytab: /etc/libvirt/krb5.tab'];
    lines.push(`sasldb_path: /${saslDatabase}`);
    await writeFile(join(host.root, saslConfig), lines.map((line) => `${line}\n`).join(''));
  }
  for (const [name, password] of Object.entries(users)) await addUser(host, name, password);
  await restart(sockets);
  return {
    async [Symbol.asyncDispose]() {
      for (const [at, file] of files.entries()) await writeFile(file, before[at] ?? '');
      await rm(join(host.root, saslDatabase), { force: true });
      await restart(daemon === 'virtqemud' ? [] : ['tls']);
    },
  };
}

/** The password is given on standard input, where no list of processes shows it. */
async function addUser(host: HostLayout, name: string, password: string): Promise<void> {
  const add = ['saslpasswd2', '-p', '-c', '-a', 'libvirt', '-f', `/${saslDatabase}`];
  await mustRunOnHost(host, [...add, '-u', host.fqdn, name], { stdin: password });
}

/** libvirt takes the first of two lines with the same name. */
function withSettings(text: string, settings: Record<string, string | number | readonly string[]>): string {
  const names = Object.keys(settings);
  const kept = text.split('\n').filter((line) => !names.some((name) => line.startsWith(`${name} =`)));
  const added = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [...added, ...kept].join('\n');
}

/** What polkit says to everybody but root who wants to manage guests, in place of Debian's rules; until disposed of. */
export async function setPolkitVerdict(host: HostLayout, verdict: 'yes' | 'no'): Promise<AsyncDisposable> {
  const file = join(host.root, polkitRule);
  const rule = `polkit.addRule(function(action) {
  if (action.id.indexOf("org.libvirt.unix.") === 0) return polkit.Result.${verdict.toUpperCase()};
});
`;
  await writeFile(file, rule, { mode: 0o644 });
  await mustRunOnHost(host, ['systemctl', 'restart', 'polkit.service']);
  return {
    async [Symbol.asyncDispose]() {
      await rm(file, { force: true });
      await mustRunOnHost(host, ['systemctl', 'restart', 'polkit.service']);
    },
  };
}

/** Read before Debian's own. */
const polkitRule = 'etc/polkit-1/rules.d/10-lab.rules';
