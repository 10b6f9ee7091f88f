import { BadInputError } from '../common/errors.ts';

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
  readonly sshauth: readonly string[] | undefined;
  readonly knownHosts: string | undefined;
  readonly knownHostsVerify: 'normal' | 'auto' | 'ignore' | undefined;
}

const all = ['unix', 'tls', 'ssh', 'ext', 'tcp'] as const;

/** Which transports look at which parameter. */
const knownParameters: Readonly<Record<string, readonly string[]>> = {
  name: all,
  mode: ['unix', 'ssh'],
  socket: ['unix', 'ssh'],
  auth: all,
  authfile: all,
  command: ['ssh', 'ext'],
  netcat: ['ssh'],
  proxy: ['ssh'],
  keyfile: ['ssh'],
  no_tty: ['ssh'],
  no_verify: ['ssh', 'tls'],
  no_sanity: ['tls'],
  pkipath: ['tls'],
  tls_priority: ['tls'],
  sshauth: ['ssh'],
  known_hosts: ['ssh'],
  known_hosts_verify: ['ssh'],
};

const sshMethods = ['agent', 'privkey', 'password', 'keyboard-interactive'];

/** The query of a connect URI, decoded, in order. `&` and `;` separate. */
export function parseQuery(query: string, decode: (text: string) => string, warnings: string[]): QueryItem[] {
  const items: QueryItem[] = [];
  for (const part of query.split(/[&;]/)) {
    const equals = part.indexOf('=');
    const rawName = equals < 0 ? part : part.slice(0, equals);
    const rawValue = equals < 0 ? '' : part.slice(equals + 1);
    const name = decode(rawName).toLowerCase();
    if (name === '') continue;
    if (rawValue.includes('+')) {
      warnings.push(`The "+" in parameter "${name}" is read as a space; libvirt keeps it. Write %20 or %2b.`);
    }
    items.push({ name, value: decode(rawValue.replaceAll('+', ' ')) });
  }
  return items;
}

/** Gives the known parameters their types; what is unknown or without effect becomes a warning. */
export function readParameters(
  items: readonly QueryItem[],
  transport: string,
  warnings: string[],
): ConnectParameters {
  const values = new Map<string, string>();
  for (const { name, value } of items) {
    const transports = Object.hasOwn(knownParameters, name) ? knownParameters[name] : undefined;
    if (transports === undefined) {
      warnings.push(`The parameter "${name}" is unknown and was ignored.`);
    } else if (!transports.includes(transport)) {
      warnings.push(`The parameter "${name}" has no effect with the transport ${transport}.`);
    } else if (values.has(name)) {
      warnings.push(`The parameter "${name}" is given more than once; the last one counts.`);
    }
    values.set(name, value);
  }
  const noVerify = flag(values, 'no_verify');
  if (noVerify) warnings.push('no_verify=1: the identity of the server is not checked on this connection.');
  return {
    name: hypervisorName(values),
    mode: choice(values, 'mode', ['auto', 'legacy', 'direct']),
    socket: absolutePath(values, 'socket'),
    auth: text(values, 'auth'),
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

function bad(message: string): BadInputError {
  return new BadInputError('bad-uri', message);
}

function text(values: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = values.get(name);
  if (value === '') throw bad(`The parameter "${name}" needs a value.`);
  // What starts with a dash could be taken for an option by a program that is handed it.
  if (value?.startsWith('-') === true) throw bad(`The parameter "${name}" must not start with "-".`);
  return value;
}

/** May be empty, which lets the daemon choose. */
function hypervisorName(values: ReadonlyMap<string, string>): string | undefined {
  return values.get('name') === '' ? '' : text(values, 'name');
}

function absolutePath(values: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = text(values, name);
  if (value?.startsWith('/') === false) throw bad(`The parameter "${name}" must be an absolute path.`);
  return value;
}

function flag(values: ReadonlyMap<string, string>, name: string): boolean {
  const value = values.get(name) ?? '0';
  if (value !== '0' && value !== '1') throw bad(`The parameter "${name}" must be 0 or 1.`);
  return value === '1';
}

function choice<T extends string>(
  values: ReadonlyMap<string, string>,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = values.get(name);
  const chosen = choices.find((candidate) => candidate === value);
  if (value !== undefined && chosen === undefined) {
    throw bad(`The parameter "${name}" must be one of ${choices.join(', ')}.`);
  }
  return chosen;
}

function sshMethodList(values: ReadonlyMap<string, string>): readonly string[] | undefined {
  const methods = text(values, 'sshauth')?.split(',');
  for (const method of methods ?? []) {
    if (!sshMethods.includes(method)) {
      throw bad(`The parameter "sshauth" must list any of ${sshMethods.join(', ')}.`);
    }
  }
  return methods;
}
