import type { KeyObject } from 'node:crypto';
import { plainKeyPem } from '../pki/encrypted-key.ts';
import { makeKeyPair, type KeyKind } from '../pki/key-kinds.ts';
import { readSigningRequest } from '../pki/signing-request.ts';
import type { HostProbe } from '../setup/facts/host-probe.ts';
import type { CertificateHand, KeyTool, StagedFile } from './certificate-hand.ts';
import type { TreeFile } from './trees.ts';

/** A host with what makes keys there; `undefined` where nothing does. */
export interface KeyMaker {
  readonly hand: CertificateHand;
  readonly keyTool: KeyTool | undefined;
}

/** OpenSSL before GnuTLS's tool, where there are both. */
export async function findKeyTool(probe: HostProbe): Promise<KeyTool | undefined> {
  const [openssl, certtool] = await Promise.all([
    probe.askAsRoot(['openssl', 'version']),
    probe.askAsRoot(['certtool', '--version']),
  ]);
  if (openssl.code === 0) return 'openssl';
  return certtool.code === 0 ? 'certtool' : undefined;
}

/** The key stays on the host, or goes there at once; only its public half is returned. */
export async function makeHostKey(
  { hand, keyTool }: KeyMaker,
  file: TreeFile,
  kind: KeyKind,
): Promise<{ publicKey: KeyObject; key: StagedFile }> {
  if (keyTool !== undefined) {
    const made = await hand.makeKey(keyTool, file, kind);
    return { publicKey: await readSigningRequest(made.request), key: made };
  }
  const { privateKey, publicKey } = await makeKeyPair(kind);
  const pem = Buffer.from(plainKeyPem(privateKey));
  try {
    return { publicKey, key: await hand.stage(file, pem) };
  } finally {
    pem.fill(0);
  }
}
