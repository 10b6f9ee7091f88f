import type { HostShell } from '../../../hosts/host-access.ts';
import { weakestRsaBits } from '../../../pki/inspect-strength.ts';
import type { ToolOptions } from './shell-tools.ts';
import { readPublicFile } from './tls-tree.ts';

/** Where distributions put their policy for GnuTLS; a link to /etc/crypto-policies where there is one policy for all. */
const policyFile = '/etc/gnutls/config';

/** RSA bits of GnuTLS's security profiles (`gnutls_sec_params`, lib/algorithms/secparams.c). */
const profileBits: Readonly<Record<string, number>> = {
  low: weakestRsaBits,
  legacy: 1776,
  medium: 2048,
  high: 3072,
  ultra: 8192,
  future: 15_360,
};

/** @returns how many bits an RSA key must have for GnuTLS on the host to verify a certificate of it */
export async function loadMinRsaBits(shell: HostShell, host: string, options: ToolOptions): Promise<number> {
  const content = await readPublicFile(shell, host, policyFile, options);
  return minRsaBitsIn(content !== undefined && 'pem' in content ? content.pem : '');
}

/** Of several lines the last counts, and without one the profile "low" (GnuTLS, system-wide configuration). */
export function minRsaBitsIn(policy: string): number {
  const profiles = [...policy.matchAll(/^\s*min-verification-profile\s*=\s*([\w-]+)/gim)];
  const bits = profileBits[profiles.at(-1)?.[1]?.toLowerCase() ?? ''];
  return Math.max(bits ?? 0, weakestRsaBits);
}
