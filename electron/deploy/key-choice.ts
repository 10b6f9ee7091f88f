import { BadInputError } from '../common/errors.ts';
import { keyKinds, keyLabels, type KeyKind } from '../pki/key-kinds.ts';
import type { PkiHost } from './pki-host.ts';

/** Of these, as libvirt counts versions. */
const firstForEc = { libvirt: 11_006_000, qemu: 7_002_000 } as const;

/** Whether hosts can be given keys of a kind, and why not. */
export interface KeyChoice {
  kind: KeyKind;
  /** Why some host cannot take it, a sentence each; empty: every host can. */
  obstacles: string[];
}

/**
 * Which kinds of keys all of these hosts can be given. Every file of a set has a key of the same kind, and a peer
 * judges the other's certificate as strictly as its own: so one host that takes RSA alone decides for all.
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

/** libvirt before 11.6 demands key encipherment of its own certificates and its peers', which only RSA can do. */
export function takesOnlyRsa({ facts }: PkiHost): boolean {
  return facts.libvirt.number < firstForEc.libvirt;
}

function obstaclesToEc(host: PkiHost): string[] {
  const { name, facts } = host;
  const unknown = [
    ...(facts.libvirt.number === 0 ? ['libvirt'] : []),
    ...(facts.qemu.number === 0 ? ['QEMU'] : []),
  ];
  if (unknown.length > 0) return [`the version of ${unknown.join(' and ')} on ${name} is not known.`];
  if (takesOnlyRsa(host))
    return [`libvirt ${facts.libvirt.text} on ${name} takes RSA alone; 11.6 is the first that takes others.`];
  if (facts.qemu.number >= firstForEc.qemu) return [];
  return [`QEMU ${facts.qemu.text} on ${name} may not take them; 7.2 is the first that is known to.`];
}
