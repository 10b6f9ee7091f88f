import { mechanismBroken } from '../auth-error.ts';

/** The server's first message (RFC 5802 section 7). */
export interface ServerFirst {
  /** As received: it is part of what is signed. */
  readonly text: string;
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

/** Fewer make a recorded login cheap to guess at (RFC 7677 section 4). */
const fewestIterations = 4096;
/** More would keep a processor busy for longer than a login may take. */
const mostIterations = 10_000_000;

const maxMessageBytes = 4096;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const base64 = /^(?:[A-Za-z0-9+/]{4})+$|^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/;

/** @throws {AuthError} */
export function parseServerFirst(mechanism: string, message: Uint8Array, clientNonce: string): ServerFirst {
  const text = textOf(mechanism, message);
  const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([^,]+),i=([1-9][0-9]{0,9})(?:,.*)?$/.exec(text);
  if (match === null) throw mechanismBroken(mechanism, 'its first message cannot be read');
  const [, nonce = '', saltText = '', count = ''] = match;
  if (!nonce.startsWith(clientNonce) || nonce === clientNonce) {
    throw mechanismBroken(mechanism, 'it does not repeat our nonce and add its own');
  }
  const iterations = Number(count);
  if (iterations < fewestIterations || iterations > mostIterations) {
    throw mechanismBroken(
      mechanism,
      `it asks for ${iterations} iterations where ${fewestIterations} to ${mostIterations} are accepted`,
    );
  }
  return { text, nonce, salt: fromBase64(mechanism, saltText), iterations };
}

/** What the server says at the end: its signature, or why it refuses. @throws {AuthError} */
export function parseServerFinal(
  mechanism: string,
  message: Uint8Array,
): { signature: Buffer } | { refusal: string } {
  const text = textOf(mechanism, message);
  const [, kind = '', value = ''] = /^([ev])=([^,]+)(?:,.*)?$/.exec(text) ?? [];
  if (kind === 'v') return { signature: fromBase64(mechanism, value) };
  if (kind === 'e') return { refusal: value.replace(/[^a-z-]/g, '').slice(0, 60) };
  throw mechanismBroken(mechanism, 'its last message cannot be read');
}

/** RFC 5802 section 5.1: the two characters with a meaning in messages are written as escapes. */
export function escapeName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

function textOf(mechanism: string, message: Uint8Array): string {
  try {
    if (message.length <= maxMessageBytes) return utf8.decode(message);
  } catch {
    // Said below, as for a message that is too long.
  }
  throw mechanismBroken(mechanism, 'a message is not text of a sensible length');
}

function fromBase64(mechanism: string, text: string): Buffer {
  if (!base64.test(text)) throw mechanismBroken(mechanism, 'a value is not base64');
  return Buffer.from(text, 'base64');
}
