import { BadInputError } from '../common/errors.ts';
import { keyKinds, keyLabels, type KeyKind } from '../pki/key-kinds.ts';
import type { PkiHost } from './pki-host.ts';

/**
 * The oldest with which certificates for elliptic keys were seen to work, as libvirt counts versions: their key usage
 * is not critical, because these do not take a critical one without key encipherment.
 */
const firstForEc = { libvirt: 9_000_000, qemu: 7_002_000 } as const;

/** Whether hosts can be given keys of a kind, and why not. */
export interface KeyChoice {
  kind: KeyKind;
  /** Why some host cannot take it, a sentence each; empty: every host can. */
  obstacles: string[];
}

/**
 * Which kinds of keys all of these hosts can be given. All keys of a set are of one kind, and a peer judges the other's
 * certificate as strictly as its own: so one host that may take RSA alone decides for all.
 */
export function keyKindsFor(hosts: readonly PkiHost[]): KeyChoice[] {
  const obstacles = hosts.flatMap(obstaclesToEc);
  return keyKinds.map((kind) => ({ kind, obstacles: kind === 'rsa3072' ? [] : obstacles }));
}

/** @throws BadInputError `key-kind-not-taken`. */
export function requireKeyKind(hosts: readonly PkiHost[], kind: KeyKind): void {
  const [obstacle] = keyKindsFor(hosts).find((choice) => choice.kind === kind)?.obstacles ?? [];
  if (obstacle === undefined) return;
  throw new BadInputError(
    'key-kind-not-taken',
    `Keys of the kind ${keyLabels[kind]} are not for these hosts: ${obstacle}`,
    {
      remedy: `Use ${keyLabels.rsa3072}, which every host takes.`,
    },
  );
}

function obstaclesToEc({ name, facts }: PkiHost): string[] {
  const programs = [
    { program: 'libvirt', ...facts.libvirt, first: firstForEc.libvirt, firstText: '9.0' },
    { program: 'QEMU', ...facts.qemu, first: firstForEc.qemu, firstText: '7.2' },
  ];
  return programs
    .filter(({ number, first }) => number < first)
    .map(({ program, number, text, firstText }) =>
      number === 0
        ? `the version of ${program} on ${name} is not known.`
        : `${program} ${text} on ${name} may take RSA alone; ${firstText} is the first that is known to take others.`,
    );
}
