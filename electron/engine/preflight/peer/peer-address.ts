import { BadInputError } from '../../../common/errors.ts';
import { defaultPorts, formatConnectUri, parseConnectUri, type ParsedUri } from '../../../libvirt/index.ts';

/** The destination as the source's daemon is to reach it. */
export interface PeerAddress {
  dconnuri: string;
  transport: 'tls' | 'tcp';
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number;
  /** Why this host name or address. */
  because: string;
}

export function peerAddress(host: string, port: number, because: string): PeerAddress {
  const usual = port === defaultPorts.tls;
  const parts = { driver: 'qemu', transport: 'tls', server: host, path: '/system' } as const;
  return {
    dconnuri: formatConnectUri(usual ? parts : { ...parts, port }),
    transport: 'tls',
    host,
    port,
    because,
  };
}

/**
 * An address that the admin gives. Parameters are not taken: the daemon would follow them with root's rights, and one of
 * them turns off the check of the destination's certificate.
 *
 * @throws {BadInputError} `dconnuri-invalid`
 */
export function givenPeerAddress(text: string): PeerAddress {
  const { driver, transport, server, user, port, path, query } = parse(text);
  if (driver !== 'qemu' || (transport !== 'tls' && transport !== 'tcp') || server === undefined) {
    throw invalid(text, 'the source’s daemon is to reach the destination over TLS (or TCP)');
  }
  if (user !== undefined || path !== '/system' || query.length > 0) {
    throw invalid(text, 'it takes neither a user nor parameters, and leads to /system');
  }
  const dconnuri = formatConnectUri({ driver, transport, server, port, path });
  return {
    dconnuri,
    transport,
    host: server,
    port: port ?? defaultPorts[transport],
    because: 'it was given',
  };
}

/** The same with the files of an identity in place of those that libvirt's client finds by itself (docs/uri.rst). */
export function withIdentity(address: PeerAddress, folder: string): PeerAddress {
  if (address.transport !== 'tls') {
    throw invalid(address.dconnuri, 'a one-time identity is a certificate, which is used over TLS alone');
  }
  const value = encodeURIComponent(folder).replaceAll('%2F', '/');
  return { ...address, dconnuri: `${address.dconnuri}?pkipath=${value}` };
}

function parse(text: string): ParsedUri {
  try {
    return parseConnectUri(text);
  } catch (error) {
    throw invalid(text, error instanceof BadInputError ? error.message.replace(/\.$/, '') : 'it is no URI');
  }
}

function invalid(text: string, why: string): BadInputError {
  return new BadInputError(
    'dconnuri-invalid',
    `"${text.slice(0, 200)}" is no address between two daemons: ${why}.`,
    { remedy: 'Give it as qemu+tls://HOST/system or qemu+tls://HOST:PORT/system.' },
  );
}
