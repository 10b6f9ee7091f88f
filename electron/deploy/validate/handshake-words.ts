import type { PkiFinding } from '../pki-finding.ts';
import type { HandshakeOutcome } from '../../setup/handshakes/handshake-outcome.ts';
import { remedyFor, whyRefused } from '../../setup/handshakes/refusal-words.ts';

/** A handshake that was tried, by its two hosts. */
export interface TriedHandshake {
  stream: 'control' | 'data';
  from: string;
  to: string;
  /** Of the listening side; `undefined`: one of a range. */
  port: number | undefined;
  /** Whether the server was seen to listen, where that was looked at. */
  listens: boolean;
}

const streams = {
  control: { name: 'control connection', tree: 'libvirt' },
  data: { name: "guest's data", tree: 'QEMU' },
} as const;

/** What came of a handshake, why, and what to do. */
export function handshakeFinding(tried: TriedHandshake, outcome: HandshakeOutcome): PkiFinding {
  const { stream, from, to } = tried;
  const { name } = streams[stream];
  const about = { id: `pki.${stream}.handshake`, side: 'between', from, to } as const;
  const broken = (summary: string, remedy: string, evidence?: string): PkiFinding => ({
    ...about,
    level: 'error',
    summary: `${from} to ${to}, ${name}: ${summary}`,
    remedy,
    ...(evidence !== undefined && evidence !== '' && { evidence }),
  });
  switch (outcome.kind) {
    case 'agreed':
      return {
        ...about,
        level: 'ok',
        summary: `${from} to ${to}, ${name}: encrypted, both certificates accepted${outcome.asRoot ? ' (tried as root)' : ''}.`,
      };
    case 'unreachable':
      return unreachable(tried, outcome.because, about, broken);
    case 'client-refuses':
      return broken(
        `${from} does not accept the certificate of ${to}: ${whyRefused[outcome.reason]}.`,
        remedyFor(outcome.reason, to, [from, to]),
        outcome.said,
      );
    case 'server-refuses':
      return broken(
        `${to} does not accept the certificate of ${from}${outcome.reason ? `: ${whyRefused[outcome.reason]}` : ''}.`,
        outcome.reason
          ? remedyFor(outcome.reason, from, [from, to])
          : `Deploy to both hosts again; if that does not mend it, look at tls_allowed_dn_list and the log of the daemon of ${to}.`,
        outcome.said,
      );
    case 'files':
      return broken(
        `a file of the ${streams[stream].tree} certificates is missing, or cannot be read by who needs it.`,
        `Run "viaduct pki deploy" for ${from} and ${to}.`,
        outcome.said,
      );
    case 'not-tried':
      return {
        ...about,
        level: 'unknown',
        summary: `${from} to ${to}, ${name}: not tried, because ${outcome.said || 'openssl ended without a word'}.`,
        remedy: 'Install openssl there if you want this to be tried.',
      };
  }
}

function unreachable(
  { stream, to, port, listens }: TriedHandshake,
  because: Extract<HandshakeOutcome, { kind: 'unreachable' }>['because'],
  about: Pick<PkiFinding, 'id' | 'side' | 'from' | 'to'>,
  broken: (summary: string, remedy: string) => PkiFinding,
): PkiFinding {
  if (because === 'name') {
    return broken(
      `the name ${to} is not known there.`,
      `Add ${to} to the name service or to /etc/hosts there.`,
    );
  }
  if (stream === 'control' && !listens) {
    return {
      ...about,
      level: 'warning',
      summary: `${about.from ?? ''} to ${to}, control connection: nothing listens for TLS on port ${port ?? 0} of ${to}.`,
      remedy: `Run "viaduct host prepare" for ${to}; until then only SSH leads to its daemon.`,
    };
  }
  const where = port === undefined ? `the migration ports of ${to}` : `port ${port} of ${to}`;
  const how = { refused: 'turns it away', timeout: 'does not answer', other: 'is out of reach' }[because];
  return broken(
    `${where} ${how}.`,
    `Open ${where} for ${about.from ?? 'its peers'} in every firewall between; "viaduct host prepare" does it on the host.`,
  );
}
