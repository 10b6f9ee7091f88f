import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { messageOf } from '../../common/errors.ts';
import { TransportError } from './transport-errors.ts';

/** A PEM file of this workstation. */
export interface PemFile {
  readonly path: string;
  readonly pem: Buffer;
}

/** What libvirt's TLS transport uses of this workstation. */
export interface TlsCredentials {
  readonly ca: PemFile;
  readonly crl: PemFile | undefined;
  /** Absent: connect without a client certificate, which most servers refuse. */
  readonly client: { readonly cert: PemFile; readonly key: PemFile } | undefined;
  /** Where the client certificate was looked for, for messages. */
  readonly clientPlaces: readonly string[];
}

interface Places {
  readonly ca: readonly string[];
  readonly crl: readonly string[];
  readonly client: readonly (readonly [cert: string, key: string])[];
}

const maxFileBytes = 1_048_576;

/**
 * Finds the files as libvirt's own client does (docs/kbase/tlscerts.rst): flat in `pkipath` if that is given, else
 * the user's folder item by item, else the system's. Root uses the system's only.
 *
 * @throws {TransportError} `tls-files`
 */
export async function loadTlsCredentials(pkipath: string | undefined): Promise<TlsCredentials> {
  const places = placesFor(pkipath);
  const ca = await firstReadable(places.ca);
  if (ca === undefined) {
    throw new TransportError('tls-files', `There is no CA certificate at ${places.ca.join(' or ')}.`, {
      remedy: 'Put the certificate of the CA that signed the servers there, or name a folder with "pkipath".',
    });
  }
  const crl = await firstReadable(places.crl);
  const clientPlaces = places.client.map(([cert]) => cert);
  let unpaired: { half: string; missing: string } | undefined;
  for (const [certPath, keyPath] of places.client) {
    const [cert, key] = [await readOptional(certPath), await readOptional(keyPath)];
    if (cert !== undefined && key !== undefined) return { ca, crl, client: { cert, key }, clientPlaces };
    const half = cert ?? key;
    const missing = cert === undefined ? certPath : keyPath;
    if (half !== undefined) unpaired ??= { half: half.path, missing };
  }
  if (unpaired !== undefined) {
    throw new TransportError('tls-files', `There is ${unpaired.half}, but no ${unpaired.missing}.`, {
      remedy: 'A client certificate and its key are used together only; put the other one there.',
    });
  }
  return { ca, crl, client: undefined, clientPlaces };
}

function placesFor(pkipath: string | undefined): Places {
  const flat = (folder: string): Places => ({
    ca: [join(folder, 'cacert.pem')],
    crl: [join(folder, 'cacrl.pem')],
    client: [[join(folder, 'clientcert.pem'), join(folder, 'clientkey.pem')]],
  });
  if (pkipath !== undefined) return flat(pkipath);
  const system: Places = {
    ca: ['/etc/pki/CA/cacert.pem'],
    crl: ['/etc/pki/CA/cacrl.pem'],
    client: [['/etc/pki/libvirt/clientcert.pem', '/etc/pki/libvirt/private/clientkey.pem']],
  };
  if (process.getuid?.() === 0) return system;
  const own = flat(join(homedir(), '.pki', 'libvirt'));
  return {
    ca: [...own.ca, ...system.ca],
    crl: [...own.crl, ...system.crl],
    client: [...own.client, ...system.client],
  };
}

async function firstReadable(paths: readonly string[]): Promise<PemFile | undefined> {
  for (const path of paths) {
    const file = await readOptional(path);
    if (file !== undefined) return file;
  }
  return undefined;
}

/** `undefined` when there is no such file; a file that is there but cannot be used is an error. */
async function readOptional(path: string): Promise<PemFile | undefined> {
  try {
    const pem = await readFile(path);
    if (pem.length > maxFileBytes) throw new Error('it is far too large');
    return { path, pem };
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined;
    }
    throw new TransportError('tls-files', `${path} cannot be read: ${messageOf(error)}.`, {
      cause: error,
      remedy: 'Let this user read the file.',
    });
  }
}
