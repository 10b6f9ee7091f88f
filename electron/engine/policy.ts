import type { DataStream } from './data-stream.ts';
import { blocks, type Finding } from './finding.ts';
import type { MigrationPlan } from './plan.ts';
import { noRelay } from './relay-streams.ts';
import { noTunnel } from './streams.ts';

/**
 * What the default policy says of a plan: it refuses any stream in the clear, unless the admin consented to that
 * for this run, and it tells of hosts that are not verified. Whether the destination verifies the source is a check.
 *
 * @param found by the checks; what they refuse is not refused a second time for what follows from it
 */
export function judgePlan(plan: MigrationPlan, found: readonly Finding[]): Finding[] {
  return [...choice(plan), ...plaintext(plan, found.some(blocks)), ...unverified(plan)];
}

/** Nothing can go that way. */
function isMissing({ by }: DataStream): boolean {
  return by === noRelay.by || by === noTunnel.by;
}

/** What `auto` came to. */
function choice({ control, options, source, destination, dconnuri }: MigrationPlan): Finding[] {
  if (options.control !== 'auto') return [];
  const summary =
    control === 'p2p'
      ? `Peer-to-peer: the daemon of ${source.name} logs in at ${destination.name} and moves the guest by itself, also when Viaduct is closed.`
      : `Managed: Viaduct moves the guest and must stay open, because it is not certain that ${source.name} can log in at ${destination.name}.`;
  const evidence = dconnuri === undefined ? {} : { evidence: dconnuri };
  return [{ id: 'control.choice', side: 'between', level: 'info', summary, ...evidence }];
}

function plaintext({ streams, options }: MigrationPlan, isRefused: boolean): Finding[] {
  const open = streams.filter(({ encrypted }) => !encrypted);
  const clear = isRefused ? open.filter((stream) => !isMissing(stream)) : open;
  if (clear.length === 0) {
    if (open.length > 0) return [];
    return [{ id: 'policy.plaintext', side: 'between', level: 'ok', summary: 'Every stream is encrypted.' }];
  }
  const names = clear.map(({ name }) => name).join(', ');
  const evidence = clear.map(({ name, path, by }) => `${name}: ${path}; protected by ${by}`).join('\n');
  if (options.allowPlaintext) {
    return [
      {
        id: 'policy.plaintext',
        side: 'between',
        level: 'warning',
        summary: `In the clear, with your consent: ${names}.`,
        evidence,
        remedy: 'Use mode native-tls to keep the guest’s data from everyone on the way.',
      },
    ];
  }
  return [
    {
      id: 'policy.plaintext',
      side: 'between',
      level: 'error',
      summary: `These would go in the clear: ${names}.`,
      evidence,
      remedy:
        'Use mode native-tls and reach every host over SSH or TLS, or consent to plaintext for this run (--allow-plaintext).',
    },
  ];
}

function unverified({ streams }: MigrationPlan): Finding[] {
  const names = streams.filter(({ encrypted, authenticated }) => encrypted && !authenticated);
  if (names.length === 0) return [];
  return [
    {
      id: 'policy.unverified',
      side: 'between',
      level: 'warning',
      summary: `Encrypted, but nobody proves who is at the other end: ${names.map(({ name }) => name).join(', ')}.`,
      remedy: 'Remove no_verify from the connect URI and give the host a certificate for its name.',
    },
  ];
}
