import { formatServer, readAuthority, serverFor } from './uri-authority.ts';
import { parseQuery, readParameters, type ConnectParameters, type QueryItem } from './uri-parameters.ts';
import { readDriver, readTransport, type Transport } from './uri-scheme.ts';
import { badUri, decodePart, encodePath, shown } from './uri-text.ts';

export type { Transport } from './uri-scheme.ts';

/** A connect URI taken apart: `driver[+transport]://[user@][server][:port]/[path][?name=value[&...]]`. */
export interface ParsedUri {
  /** As it was given. */
  readonly text: string;
  /** Today's name of the driver. */
  readonly driver: string;
  readonly transport: Transport;
  /** Differs from `transport` for `libssh` and `libssh2`; `undefined` when the URI names none. */
  readonly transportAsWritten: string | undefined;
  readonly user: string | undefined;
  /**
   * A name or an address, without the brackets of an IPv6 one but with its zone (`fe80::1%eth0`). `undefined` for
   * `unix`, and for `ext` without one.
   */
  readonly server: string | undefined;
  /** Only when the URI has one; see `defaultPorts`. */
  readonly port: number | undefined;
  /** Decoded, with its leading slash; empty when the URI ends before it. */
  readonly path: string;
  /** All parameters, decoded, in order. */
  readonly query: readonly QueryItem[];
  /** Those that are known and have an effect with this transport. */
  readonly parameters: ConnectParameters;
  /** What the daemon is asked to open: the `name`, or the URI without transport, server, port and parameters. */
  readonly remoteName: string;
  /** Sentences for the admin about what was ignored or reads differently today. */
  readonly warnings: readonly string[];
}

/** What `formatConnectUri` needs. */
export interface UriParts {
  readonly driver: string;
  readonly transport: string;
  /** Goes before `transport`, because parameters can mean different things to `ssh` and `libssh`. */
  readonly transportAsWritten?: string | undefined;
  readonly user?: string | undefined;
  readonly server?: string | undefined;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: readonly QueryItem[] | undefined;
}

/** Of the protocols; an ssh configuration may say otherwise for its hosts. */
export const defaultPorts = { tls: 16_514, tcp: 16_509, ssh: 22 } as const;

const maxUriLength = 4096;

const shape = /^([A-Za-z][A-Za-z0-9-]*)(?:\+([^:/?#]*))?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/;

/** @throws {BadInputError} with one sentence that says what is wrong */
export function parseConnectUri(text: string): ParsedUri {
  checkCharacters(text);
  const warnings: string[] = [];
  const match = shape.exec(spelledOut(text, warnings));
  if (match === null) {
    const withoutPassword = text.replace(/:[^:@]*@/, ':…@');
    throw badUri(
      `"${shown(withoutPassword)}" is not a connect URI; an example is qemu+ssh://root@host/system.`,
    );
  }
  const [, scheme = '', transportText, authority = '', rawPath = '', rawQuery = ''] = match;
  const driver = readDriver(scheme.toLowerCase(), warnings);
  const transportAsWritten = transportText?.toLowerCase();
  const { user, server: named, port } = readAuthority(authority);
  const transport = readTransport(transportAsWritten, named !== undefined);
  const path = decodePart(rawPath);
  if (transportAsWritten === undefined) checkMissingSlash(driver, named, path);
  const server = serverFor(transport, named, warnings);
  const query = parseQuery(rawQuery, warnings);
  const parameters = readParameters(query, transportAsWritten ?? transport, warnings);
  if (transport === 'ext' && parameters.command === undefined) {
    throw badUri('The transport ext needs the parameter "command", the program that carries the connection.');
  }
  if (parameters.name === undefined) warnAboutPath(driver, path, warnings);
  const remoteName = parameters.name ?? (driver === 'remote' ? '' : `${driver}://${encodePath(path)}`);
  return {
    text,
    driver,
    transport,
    transportAsWritten,
    user,
    server,
    port,
    path,
    query,
    parameters,
    remoteName,
    warnings,
  };
}

/** The text of a connect URI; parsing it gives the same parts back. */
export function formatConnectUri(parts: UriParts): string {
  const { driver, transport, user, server, port, path, query = [] } = parts;
  const written = parts.transportAsWritten ?? transport;
  const scheme = written === 'unix' ? driver : `${driver}+${written}`;
  const login = user === undefined ? '' : `${encodeURIComponent(user)}@`;
  const items = query.map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const queryText = items.length === 0 ? '' : `?${items.join('&')}`;
  return `${scheme}://${login}${formatServer(server, port)}${encodePath(path)}${queryText}`;
}

function checkCharacters(text: string): void {
  if (text.length > maxUriLength) throw badUri(`The connect URI is longer than ${maxUriLength} characters.`);
  if (!text.isWellFormed()) throw badUri('The connect URI is not valid Unicode.');
  if (/\p{Cc}/u.test(text)) throw badUri('A connect URI must not contain control characters.');
  if (/\s/u.test(text))
    throw badUri('A connect URI must not contain spaces; inside it they are written %20.');
  if (text.includes('#'))
    throw badUri('A connect URI has no part behind "#"; the character itself is written %23.');
}

/** libvirt has always taken these two, which are no URIs, for the local Xen (`virConnectOpenInternal`). */
function spelledOut(text: string, warnings: string[]): string {
  if (text.toLowerCase() !== 'xen' && text !== 'xen://') return text;
  warnings.push(`"${text}" is short for xen:///system.`);
  return 'xen:///system';
}

/** `qemu://system` asks a server called "system" for nothing: one slash was lost. */
function checkMissingSlash(driver: string, server: string | undefined, path: string): void {
  if (!['qemu', 'vbox', 'vz'].includes(driver) || path.length > 1) return;
  if (server !== 'system' && server !== 'session') return;
  throw badUri(`A slash is missing: the ${server} daemon of this machine is ${driver}:///${server}.`);
}

function warnAboutPath(driver: string, path: string, warnings: string[]): void {
  if (driver !== 'qemu' || path === '/system' || path === '/session') return;
  const found = path.length > 1 ? `not "${shown(path)}"` : 'and the connect URI names neither';
  warnings.push(`A daemon of QEMU knows the paths /system and /session, ${found}.`);
}
