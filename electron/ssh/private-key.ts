import { open } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { messageOf } from '../common/errors.ts';
import { cancelled } from './deadline.ts';
import { SshError, USE_OPENSSH } from './errors.ts';
import { isEncryptedPkcs8, isPkcs8, readPkcs8 } from './pkcs8.ts';

/** The largest real keys (RSA 16384) stay under 16 KiB. */
const MAX_KEY_BYTES = 256 * 1024;
const MAX_PASSPHRASE_ATTEMPTS = 3;

/** Asks for a passphrase; `attempt` counts from 1, undefined means that the person cancelled. */
export type PassphraseSource = (attempt: number) => Promise<string | undefined>;

/**
 * Reads a private key and decrypts it if it must be.
 *
 * Returns undefined if there is no such file. Fails with `ssh-key-unreadable`, with `ssh-passphrase-needed` after
 * three wrong answers, or with `ssh-cancelled`; what `askPassphrase` throws is passed on.
 */
export async function loadPrivateKey(
  file: string,
  askPassphrase: PassphraseSource,
): Promise<ParsedKey | undefined> {
  const bytes = await readKeyFile(file);
  if (bytes === undefined) return undefined;

  const plain = parse(bytes, undefined);
  if (!(plain instanceof Error)) return privateOf(plain, file);
  const type = hardwareKeyType(bytes);
  if (type !== undefined) throw needsOpenSsh(file, type);
  if (!/encrypted/i.test(plain.message)) {
    throw unreadable(file, `it is not a private key that Viaduct understands (${plain.message})`, plain);
  }
  for (let attempt = 1; attempt <= MAX_PASSPHRASE_ATTEMPTS; attempt++) {
    const passphrase = await askPassphrase(attempt);
    if (passphrase === undefined) throw cancelled();
    const key = parse(bytes, passphrase);
    if (!(key instanceof Error)) return privateOf(key, file);
  }
  throw new SshError('ssh-passphrase-needed', `None of the passphrases given opens the key ${file}.`, {
    remedy: `Try it in a terminal with "ssh-keygen -y -f ${file}", or load the key into the agent with ssh-add.`,
  });
}

function parse(bytes: Buffer, passphrase: string | undefined): ParsedKey | ParsedKey[] | Error {
  if (!isPkcs8(bytes)) return ssh2.utils.parseKey(bytes, passphrase);
  if (isEncryptedPkcs8(bytes) && passphrase === undefined) return new Error('Encrypted PKCS#8 key');
  try {
    return ssh2.utils.parseKey(readPkcs8(bytes, passphrase));
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/** The type of a key whose secret is inside a security key (PROTOCOL.u2f of OpenSSH), which stands in clear in the file. */
function hardwareKeyType(bytes: Buffer): string | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(bytes.toString('latin1'))?.[1];
  const blob = body === undefined ? '' : Buffer.from(body, 'base64').toString('latin1');
  return /sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com/.exec(blob)?.[0];
}

/** The public half of a key as a blob, from the `.pub` file beside it; undefined if there is none to be had. */
export async function publicKeyBlob(file: string): Promise<Buffer | undefined> {
  const bytes = await readKeyFile(`${file}.pub`).catch(() => undefined);
  const key = bytes && ssh2.utils.parseKey(bytes);
  return key === undefined || key instanceof Error ? undefined : key.getPublicSSH();
}

function privateOf(parsed: ParsedKey | ParsedKey[], file: string): ParsedKey {
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!key?.isPrivateKey()) throw unreadable(file, 'it holds a public key, not a private one');
  return key;
}

async function readKeyFile(file: string): Promise<Buffer | undefined> {
  try {
    const handle = await open(file, 'r');
    try {
      const info = await handle.stat();
      if (!info.isFile()) throw new Error('it is not a regular file');
      if (info.size > MAX_KEY_BYTES) throw new Error('it is too large to be a key');
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw unreadable(file, messageOf(error), error);
  }
}

function needsOpenSsh(file: string, type: string): SshError {
  return new SshError(
    'ssh-key-unreadable',
    `The private key ${file} is on a security key (${type}), which Viaduct cannot ask to sign.`,
    { remedy: USE_OPENSSH },
  );
}

function unreadable(file: string, reason: string, cause?: unknown): SshError {
  return new SshError('ssh-key-unreadable', `The private key ${file} cannot be used: ${reason}.`, {
    cause,
    remedy: 'Check the path and its mode, or name another key with the URI parameter keyfile=.',
  });
}
