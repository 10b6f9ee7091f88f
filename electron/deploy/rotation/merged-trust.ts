import type { Authority } from '../../pki/authority.ts';
import { readRevocationList } from '../../pki/revocation-list.ts';
import { certificatesIn } from '../certificates-in.ts';

/**
 * A CA file with what a host is to trust of ours, and whatever else it trusts already and that has not expired.
 *
 * @param ours the authorities that the change is about, wanted or not.
 */
export function mergedAuthorities(
  current: string | undefined,
  wanted: string,
  ours: readonly Authority[],
  now: Date,
): string {
  const own = new Set(ours.map(({ certificate }) => certificate.fingerprint));
  const others = certificatesIn(current).filter(
    ({ fingerprint, notAfter }) => !own.has(fingerprint) && now <= notAfter,
  );
  return [wanted, ...others.map(({ pem }) => `${pem.trim()}\n`)].join('');
}

/** A CRL file with our lists and those of other authorities that are in it; `undefined`: there is to be none. */
export async function mergedRevocations(
  current: string | undefined,
  wanted: string | undefined,
  ours: readonly Authority[],
): Promise<string | undefined> {
  const others: string[] = [];
  for (const [list] of (current ?? '').matchAll(listPattern)) {
    if (!(await isOf(list, ours))) others.push(`${list}\n`);
  }
  return [wanted ?? '', ...others].join('') || undefined;
}

const listPattern = /-----BEGIN X509 CRL-----[^-]*-----END X509 CRL-----/g;

async function isOf(list: string, authorities: readonly Authority[]): Promise<boolean> {
  try {
    const read = readRevocationList(list);
    for (const { certificate } of authorities) if (await read.isSignedBy(certificate.pem)) return true;
    return false;
  } catch {
    // Nothing that libvirt could read either.
    return true;
  }
}
