import type { KeyObject } from 'node:crypto';
import { parsePublicKey } from '../../pki/public-key.ts';
import type { PkiHost } from '../pki-host.ts';

/** The public half of a key, as the host derived it: nothing else of the key ever leaves it. */
export type PublicHalf = { publicKey: KeyObject } | { unusable: string } | { unknown: string };

const argvOf = {
  openssl: (path: string) => ['openssl', 'pkey', '-pubout', '-in', path],
  certtool: (path: string) => ['certtool', '--pubkey-info', '--load-privkey', path],
} as const;

export async function publicHalf({ name, keyTool, probe }: PkiHost, path: string): Promise<PublicHalf> {
  if (keyTool === undefined) return { unknown: `${name} has neither openssl nor certtool` };
  const { code, output } = await probe.askAsRoot(argvOf[keyTool](path));
  if (code !== 0) return { unusable: `${keyTool} cannot read it` };
  const publicKey = parsePublicKey(output);
  return publicKey === undefined ? { unknown: `${keyTool} gave an answer that is no key` } : { publicKey };
}
