import { badUri, decodePart, shown } from './uri-text.ts';

export interface QueryItem {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

/** The parameters that this client acts on; libvirt's own documentation (docs/uri.rst) defines each. */
export interface ConnectParameters {
  readonly name: string | undefined;
  readonly mode: 'auto' | 'legacy' | 'direct' | undefined;
  readonly socket: string | undefined;
  /** `polkit`, `sasl`, or `sasl.` and the one mechanism to use, in capitals. */
  readonly auth: string | undefined;
  readonly authfile: string | undefined;
  readonly command: string | undefined;
  readonly netcat: string | undefined;
  readonly proxy: 'auto' | 'netcat' | 'native' | undefined;
  readonly keyfile: string | undefined;
  readonly noTty: boolean;
  readonly noVerify: boolean;
  readonly noSanity: boolean;
  readonly pkipath: string | undefined;
  readonly tlsPriority: string | undefined;
  readonly sshauth: readonly (typeof sshMethods)[number][] | undefined;
  readonly knownHosts: string | undefined;
  readonly knownHostsVerify: 'normal' | 'auto' | 'ignore' | undefined;
}

const ssh = ['ssh', 'libssh', 'libssh2'];
const all = ['unix', 'tls', 'ext', 'tcp', ...ssh];

/**
 * The transports, as written, that look at each parameter. There is one SSH client behind all three spellings, so
 * what libvirt has for one of them works with the others too; except `command`, which an SSH library has no use for.
 */
const knownParameters: Readonly<Record<string, readonly string[]>> = {
  name: all,
  mode: ['unix', ...ssh],
  socket: ['unix', ...ssh],
  auth: all,
  authfile: all,
  command: ['ssh', 'ext'],
  netcat: ssh,
  proxy: ssh,
  keyfile: ssh,
  no_tty: ssh,
  no_verify: ['tls', ...ssh],
  no_sanity: ['tls'],
  pkipath: ['tls'],
  tls_priority: ['tls'],
  sshauth: ssh,
  known_hosts: ssh,
  known_hosts_verify: ssh,
};

/** With `command` another program logs in, and it reaches the socket by netcat. */
const notForCommand = ['sshauth', 'known_hosts', 'known_hosts_verify', 'proxy'];

const sshMethods = ['agent', 'privkey', 'password', 'keyboard-interactive'] as const;

/** The query of a connect URI, decoded, in order. `&` and `;` separate. @throws {BadInputError} */
export function parseQuery(query: string, warnings: string[]): QueryItem[] {
  const items: QueryItem[] = [];
  for (const part of query.split(/[&;]/)) {
    const equals = part.indexOf('=');
    const rawName = equals < 0 ? part : part.slice(0, equals);
    const rawValue = equals < 0 ? '' : part.slice(equals + 1);
    const name = decodePart(rawName).toLowerCase();
    if (name === '') continue;
    if (rawValue.includes('+')) {
      warnings.push(
        `The "+" in parameter "${shown(name)}" is read as a space; libvirt keeps it. Write %20 or %2b.`,
      );
    }
    items.push({ name, value: decodePart(rawValue.replaceAll('+', ' ')) });
  }
  return items;
}

/**
 * Gives the known parameters their types; what is unknown or without effect becomes a warning.
 *
 * @param transport as the URI writes it
 * @throws {BadInputError}
 */
export function readParameters(
  items: readonly QueryItem[],
  transport: string,
  warnings: string[],
): ConnectParameters {
  const values = effectiveValues(items, transport, warnings);
  const noVerify = flag(values, 'no_verify');
  if (noVerify) warnings.push('no_verify=1: the identity of the server is not checked on this connection.');
  return {
    name: hypervisorName(values),
    mode: choice(values, 'mode', ['auto', 'legacy', 'direct']),
    socket: absolutePath(values, 'socket'),
    auth: loginMethod(values),
    authfile: text(values, 'authfile'),
    command: text(values, 'command'),
    netcat: text(values, 'netcat'),
    proxy: choice(values, 'proxy', ['auto', 'netcat', 'native']),
    keyfile: text(values, 'keyfile'),
    noTty: flag(values, 'no_tty'),
    noVerify,
    noSanity: flag(values, 'no_sanity'),
    pkipath: text(values, 'pkipath'),
    tlsPriority: text(values, 'tls_priority'),
    sshauth: sshMethodList(values),
    knownHosts: text(values, 'known_hosts'),
    knownHostsVerify: choice(values, 'known_hosts_verify', ['normal', 'auto', 'ignore']),
  };
}

function effectiveValues(
  items: readonly QueryItem[],
  transport: string,
  warnings: string[],
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { name, value } of items) {
    const transports = Object.hasOwn(knownParameters, name) ? knownParameters[name] : undefined;
    if (transports === undefined) {
      warnings.push(`The parameter "${shown(name)}" is unknown and was ignored.`);
    } else if (!transports.includes(transport)) {
      warnings.push(`The parameter "${name}" has no effect with the transport ${transport}.`);
    } else {
      if (values.has(name)) {
        warnings.push(`The parameter "${name}" is given more than once; the last one counts.`);
      }
      values.set(name, value);
    }
  }
  if (transport === 'ssh' && values.has('command')) {
    for (const name of notForCommand.filter((candidate) => values.has(candidate))) {
      warnings.push(`The parameter "${name}" has no effect on the program that "command" names.`);
    }
  } else if (values.get('proxy') === 'native' && values.has('netcat')) {
    warnings.push('The parameter "netcat" has no effect with proxy=native.');
  }
  return values;
}

function text(values: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = values.get(name);
  if (value === '') throw badUri(`The parameter "${name}" needs a value.`);
  // What starts with a dash could be taken for an option by a program that is handed it.
  if (value?.startsWith('-') === true) throw badUri(`The parameter "${name}" must not start with "-".`);
  return value;
}

/** May be empty, which lets the daemon choose. */
function hypervisorName(values: ReadonlyMap<string, string>): string | undefined {
  return values.get('name') === '' ? '' : text(values, 'name');
}

function absolutePath(values: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = text(values, name);
  if (value?.startsWith('/') === false) throw badUri(`The parameter "${name}" must be an absolute path.`);
  return value;
}

/** libvirt takes any number, and every one but 0 for true. */
function flag(values: ReadonlyMap<string, string>, name: string): boolean {
  const value = values.get(name) ?? '0';
  if (!/^[+-]?\d{1,9}$/.test(value)) throw badUri(`The parameter "${name}" must be 0 or 1.`);
  return Number(value) !== 0;
}

function choice<T extends string>(
  values: ReadonlyMap<string, string>,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = values.get(name);
  const chosen = choices.find((candidate) => candidate === value);
  if (value !== undefined && chosen === undefined) {
    throw badUri(`The parameter "${name}" must be one of ${choices.join(', ')}.`);
  }
  return chosen;
}

function loginMethod(values: ReadonlyMap<string, string>): string | undefined {
  const value = text(values, 'auth');
  if (value === undefined || value === 'polkit' || value === 'sasl') return value;
  // Names of mechanisms are of this form (RFC 4422 section 3.1).
  const [, mechanism] = /^sasl\.([A-Za-z0-9_-]{1,20})$/.exec(value) ?? [];
  if (mechanism !== undefined) return `sasl.${mechanism.toUpperCase()}`;
  throw badUri('The parameter "auth" must be polkit, sasl, or sasl. and the name of a mechanism.');
}

function sshMethodList(values: ReadonlyMap<string, string>): ConnectParameters['sshauth'] {
  const names = text(values, 'sshauth')?.split(',');
  return names?.map((name) => {
    const method = sshMethods.find((known) => known === name);
    if (method !== undefined) return method;
    throw badUri(`The parameter "sshauth" must list any of ${sshMethods.join(', ')}.`);
  });
}
