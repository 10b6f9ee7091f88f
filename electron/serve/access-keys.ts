import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** 256 bits from the system's generator, in an alphabet that a URL fragment and a subprotocol both allow. */
function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Sessions that may be live at once; the oldest is forgotten for a new one. */
const maxSessions = 32;

/**
 * Who may talk to the browser shell. A token is good for one use, which makes a session; a session is good until
 * the server ends. Only digests are kept, and they are compared in constant time.
 */
export class AccessKeys {
  /** One at most; a list so that none is compared like one. */
  #tokens: Buffer[] = [];
  #sessions: Buffer[] = [];

  /** A new one-time token; those issued before and not used yet are void. */
  issueToken(): string {
    const token = newSecret();
    this.#tokens = [digest(token)];
    return token;
  }

  /** @returns the secret of a new session, or `undefined` where the token is wrong or spent. */
  spendToken(token: string): string | undefined {
    if (!this.#isAmong(this.#tokens, token)) return undefined;
    this.#tokens = [];
    const session = newSecret();
    this.#sessions = [...this.#sessions.slice(1 - maxSessions), digest(session)];
    return session;
  }

  hasSession(secret: string): boolean {
    return this.#isAmong(this.#sessions, secret);
  }

  #isAmong(digests: readonly Buffer[], secret: string): boolean {
    const candidate = digest(secret);
    let found = false;
    for (const known of digests) found = timingSafeEqual(known, candidate) || found;
    return found;
  }
}
