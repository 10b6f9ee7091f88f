import { execFile } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { abortError } from './deadline.ts';
import { SshError, USE_OPENSSH } from './errors.ts';
import type { SshTarget } from './session-options.ts';
import { checkTarget } from './target.ts';

/** How the user's OpenSSH would reach a host. */
export interface ResolvedHost {
  hostName: string;
  port: number;
  user: string;
  /** In the order to try; most of the default ones do not exist. */
  identityFiles: string[];
  /** `CertificateFile` settings. */
  certificateFiles: string[];
  /** Only these files' keys may be offered, even if an agent holds others. */
  identitiesOnly: boolean;
  /** Socket of the agent, or undefined for none. */
  agentSocket: string | undefined;
  /** Hosts to go through, first hop first, each `[user@]host[:port]`. */
  proxyJump: string[];
  knownHostsFiles: string[];
  /** The name to look the host key up by, where that is not the host name. */
  hostKeyAlias: string | undefined;
}

export interface ConfigSource {
  /** As `ssh -F`: this file instead of the user's, or `none`. */
  configFile?: string | undefined;
  signal?: AbortSignal | undefined;
}

const QUERY_TIMEOUT_MS = 10_000;

/**
 * Asks `ssh -G`, which is OpenSSH's own reading of the user's configuration, `Match` blocks and all.
 *
 * Where OpenSSH is not installed its defaults are used. A configuration that OpenSSH refuses, or that needs a
 * ProxyCommand, is `ssh-bad-target`.
 */
export async function resolveHost(target: SshTarget, options: ConfigSource): Promise<ResolvedHost> {
  checkTarget(target);
  const output = await askOpenSsh(target, options);
  return output === undefined ? defaults(target) : readAnswer(output, target);
}

function askOpenSsh(target: SshTarget, { configFile, signal }: ConfigSource): Promise<string | undefined> {
  const args = [
    '-G',
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(target.port === undefined ? [] : ['-p', String(target.port)]),
    ...(target.user === undefined ? [] : ['-l', target.user]),
    '--',
    target.host,
  ];
  return new Promise((resolve, reject) => {
    execFile(
      'ssh',
      args,
      { timeout: QUERY_TIMEOUT_MS, maxBuffer: 1024 * 1024, ...(signal && { signal }) },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else if (signal?.aborted) reject(abortError(signal));
        else if (error.code === 'ENOENT') resolve(undefined);
        else reject(badConfig(target.host, stderr.trim().split('\n').at(-1) ?? '', error));
      },
    );
  });
}

function readAnswer(output: string, target: SshTarget): ResolvedHost {
  const values = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const space = line.indexOf(' ');
    if (space <= 0) continue;
    const key = line.slice(0, space);
    values.set(key, [...(values.get(key) ?? []), line.slice(space + 1).trim()]);
  }
  const one = (key: string): string | undefined => values.get(key)?.[0];
  const set = (key: string): string | undefined => (one(key) === 'none' ? undefined : one(key));

  if (set('proxycommand') !== undefined) {
    throw new SshError(
      'ssh-bad-target',
      `Your ssh configuration reaches ${target.host} with a ProxyCommand, which Viaduct does not run.`,
      { remedy: `Use ProxyJump for this host in your ssh configuration. Or: ${USE_OPENSSH}` },
    );
  }
  const hostName = one('hostname') ?? target.host;
  const port = Number(one('port') ?? 22);
  const user = one('user') ?? userInfo().username;
  checkTarget({ host: hostName, port, user });
  const expand = (path: string): string => expandPath(path, { hostName, port, user, alias: target.host });
  return {
    hostName,
    port,
    user,
    identityFiles: (values.get('identityfile') ?? []).filter((path) => path !== 'none').map(expand),
    certificateFiles: (values.get('certificatefile') ?? []).filter((path) => path !== 'none').map(expand),
    identitiesOnly: one('identitiesonly') === 'yes',
    agentSocket: agentSocket(one('identityagent'), expand),
    proxyJump: (set('proxyjump') ?? '').split(',').filter((hop) => hop !== ''),
    knownHostsFiles: ['userknownhostsfile', 'globalknownhostsfile']
      .flatMap((key) => (set(key) ?? '').split(' '))
      .filter((path) => path !== '')
      .map(expand),
    hostKeyAlias: set('hostkeyalias'),
  };
}

function defaults(target: SshTarget): ResolvedHost {
  const inSsh = (name: string): string => join(homedir(), '.ssh', name);
  return {
    hostName: target.host,
    port: target.port ?? 22,
    user: target.user ?? userInfo().username,
    identityFiles: ['id_rsa', 'id_ecdsa', 'id_ed25519'].map(inSsh),
    certificateFiles: [],
    identitiesOnly: false,
    agentSocket: agentSocket(undefined, (path) => path),
    proxyJump: [],
    knownHostsFiles: [inSsh('known_hosts'), '/etc/ssh/ssh_known_hosts'],
    hostKeyAlias: undefined,
  };
}

/** `IdentityAgent` in ssh_config(5): a path, `none`, the word SSH_AUTH_SOCK, or `$NAME` of a variable. */
function agentSocket(setting: string | undefined, expand: (path: string) => string): string | undefined {
  if (setting === 'none') return undefined;
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') {
    const windowsPipe = process.platform === 'win32' ? String.raw`\\.\pipe\openssh-ssh-agent` : undefined;
    return process.env['SSH_AUTH_SOCK'] || windowsPipe;
  }
  if (setting.startsWith('$')) return process.env[setting.slice(1).replace(/^\{(.*)\}$/, '$1')] || undefined;
  return expand(setting);
}

/** The tokens that ssh_config(5) allows in file names and that `ssh -G` leaves in place. */
function expandPath(
  path: string,
  names: { hostName: string; port: number; user: string; alias: string },
): string {
  const tokens: Partial<Record<string, string>> = {
    '%': '%',
    d: homedir(),
    h: names.hostName,
    n: names.alias,
    p: String(names.port),
    r: names.user,
    u: userInfo().username,
  };
  return path
    .replace(/^~(?=\/)/, () => homedir())
    .replace(/%(.)/g, (token: string, letter: string) => tokens[letter] ?? token);
}

function badConfig(host: string, detail: string, cause: unknown): SshError {
  return new SshError('ssh-bad-target', `OpenSSH cannot read your ssh configuration for ${host}: ${detail}`, {
    cause,
    remedy: `Run "ssh -G ${host}" in a terminal and mend what it reports.`,
  });
}
