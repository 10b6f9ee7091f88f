import type { Report } from '../../../deploy/pki-finding.ts';
import type { Rotation } from '../../../deploy/rotation/rotation.ts';
import {
  hostsLeft,
  type RotationStage,
  type RotationState,
} from '../../../deploy/rotation/rotation-state.ts';
import type { HostStanding } from '../../../deploy/rotation/standing.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { printable } from '../../output/printable.ts';

/** Hosts that the stage waits for; `isBlocked`: nothing could be done without them. */
export function reportLeft(
  rotation: Rotation,
  stage: RotationStage,
  state: RotationState,
  isBlocked: boolean,
  report: Report,
): void {
  if (state.stage !== stage) return;
  for (const { host, problem } of hostsLeft(state)) {
    // A host that may be finished with has nothing to be told yet.
    if (stage === 'finish' && !rotation.isRetired) return;
    report({
      id: 'pki.rotation.left',
      side: 'host',
      host,
      level: isBlocked ? 'error' : problem === undefined ? 'warning' : 'unknown',
      summary:
        problem === undefined
          ? `${host} ${leftWords(stage, rotation)}.`
          : `${host} could not be looked at: ${problem}`,
      remedy:
        problem === undefined
          ? `Name ${host} with "viaduct pki rotate ${stage === 'finish' ? 'finish' : 'next'}", or no host for all.`
          : `See that ${host} can be reached; if it is gone for good, revoke its certificates.`,
    });
  }
}

function leftWords(stage: RotationStage, { successor, replaced }: Rotation): string {
  switch (stage) {
    case 'trust':
      return `does not trust both ${replaced.name} and ${successor.name} yet, so no host gets certificates of ${successor.name}`;
    case 'certificates':
      return `still has certificates of ${replaced.name}`;
    case 'finish':
    case 'done':
      return `still trusts ${replaced.name}`;
  }
}

/** Workstations, which nobody here can give their certificate. */
export function reportClients(
  { successor, replaced, isRetired }: Rotation,
  { clients }: RotationState,
  report: Report,
): void {
  for (const client of isRetired ? [] : clients) {
    report({
      id: 'pki.rotation.client',
      side: 'client',
      level: 'warning',
      summary: `${client} has a client's certificate of ${replaced.name}, which no host takes once the change is finished.`,
      remedy: `Make it a new one of ${successor.name}, and let it trust ${successor.name} before hosts have certificates of that.`,
    });
  }
}

/** Where the change stands and what comes next; a line `rotation` of JSON. */
export function reportStage(rotation: Rotation, state: RotationState, json: boolean): void {
  const { successor, replaced } = rotation;
  if (json) {
    const hosts = state.hosts.map(({ host, problem, trustsAll, trustsReplaced, hasMoved }) => ({
      ...{ host, problem: problem ?? null, trustsAll, trustsReplaced, hasMoved },
    }));
    const { stage, clients } = state;
    writeJsonLine('rotation', {
      ...{ successor: successor.name, replaced: replaced.name, stage, hosts, clients },
    });
    return;
  }
  const lines = [
    `From ${replaced.name} to ${successor.name}:`,
    ...state.hosts.map((host) => `  ${printable(host.host)}: ${printable(standingWords(host, rotation))}`),
    nextWords(state.stage, rotation),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function standingWords(host: HostStanding, { successor, replaced, isRetired }: Rotation): string {
  if (host.problem !== undefined) return `could not be looked at: ${host.problem}`;
  const certificates = `certificates of ${host.hasMoved ? successor.name : replaced.name}`;
  if (isRetired)
    return `${certificates}, ${host.trustsReplaced ? 'still trusts both' : `trusts ${successor.name}`}`;
  return `${certificates}, ${host.trustsAll ? 'trusts both' : 'does not trust both yet'}`;
}

function nextWords(stage: RotationStage, { successor, replaced }: Rotation): string {
  switch (stage) {
    case 'trust':
      return `Next: "viaduct pki rotate next" lets hosts trust ${successor.name} as well.`;
    case 'certificates':
      return `Next: "viaduct pki rotate next" gives hosts certificates of ${successor.name}.`;
    case 'finish':
      return `Next: "viaduct pki rotate finish" lets hosts trust ${successor.name} alone.`;
    case 'done':
      return `Done: certificates of ${replaced.name} are refused everywhere.`;
  }
}
