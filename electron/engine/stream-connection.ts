import { z } from 'zod';

const port = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('port'), number: z.number() }),
  /** The destination's daemon takes one of them as the guest comes. */
  z.object({ kind: z.literal('range'), first: z.number(), last: z.number() }),
  /** It has no port of its own. */
  z.object({
    kind: z.literal('inside'),
    carrier: z.enum(['ssh-session', 'daemons-connection', 'socket']),
  }),
]);

/** In plans, receipts and journals alike; those that an older version kept have none. */
export const streamConnectionSchema = z.object({
  /** Who opens it; `client` is this machine. */
  from: z.enum(['client', 'source']),
  to: z.enum(['source', 'destination']),
  /** The name or address that is connected to, an IPv6 address without brackets. */
  address: z.string().exactOptional(),
  /** What the certificate of `to` has to name. */
  expectedName: z.string().exactOptional(),
  port: port.exactOptional(),
  /** What `to` shows: a certificate's subject or a host key's type, and its SHA-256. */
  identity: z.object({ what: z.string(), subject: z.string(), fingerprint: z.string() }).exactOptional(),
  /** As whom `from` comes: the SSH login, or the subject of its certificate. */
  login: z.string().exactOptional(),
  /** By the names of the library that was there: ssh2's for SSH, OpenSSL's for TLS. */
  cipher: z
    .object({
      protocol: z.string(),
      suite: z.string(),
      /** `trial`: a handshake made for the checks with OpenSSL; libvirt and QEMU use GnuTLS and may agree on another. */
      seenIn: z.enum(['connection', 'trial']),
    })
    .exactOptional(),
});

/**
 * One connection that carries a stream, as far as it was seen or is decided before it is opened. What is not known is
 * absent: nothing is filled in from what is usual.
 */
export type StreamConnection = z.infer<typeof streamConnectionSchema>;

/** What is known of it whichever two machines it joins. */
export type ConnectionFacts = Omit<StreamConnection, 'from' | 'to'>;

/** Fields that are filled from fixed choices: no text of a host's or of a person's gets there. */
export const fixedOfConnections = [
  ...['from', 'to', 'kind', 'carrier', 'seenIn'],
  ...['what', 'fingerprint'],
] as const;
