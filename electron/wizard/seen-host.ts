import { parseCertificates, type Certificate } from '../pki/certificate.ts';
import { openPkiHost, type PkiHost } from '../deploy/pki-host.ts';
import type { HostAccess } from '../hosts/host-access.ts';
import type { ManagedHost } from '../hosts/managed-host.ts';
import { requireQemu } from '../hosts/require-qemu.ts';
import { BadInputError } from '../common/errors.ts';
import { HostSetup, type KnownSetup } from '../setup/host-setup.ts';
import type { HostInspection } from '../setup/inspection.ts';
import { peerAddresses } from '../setup/peers.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import type { Work } from './work.ts';

/** A host of the board, as the wizard uses it. */
export type WizardTarget = SetupHost & HostAccess & Pick<ManagedHost, 'driver' | 'readOnly'>;

/** What a look at a host brought. */
export interface SeenHost {
  /** Root's hand on it; `undefined` once that was let go. */
  readonly opened: PkiHost | undefined;
  readonly setup: HostSetup;
  readonly inspection: HostInspection;
  /** Addresses of the other chosen hosts, as this one knows them. */
  readonly peers: readonly string[];
  /** What it trusts in both trees, by the names of our authorities. */
  readonly authorities: readonly string[];
  /** The certificate that its daemon has on disk. */
  readonly served: Certificate | undefined;
  readonly unfinished: KnownSetup | undefined;
  /** The setup that can be taken back. */
  readonly undoable: KnownSetup | undefined;
}

export interface LookOptions {
  home: string;
  /** Names of the other chosen hosts. */
  others: readonly string[];
  /** Fingerprints of our authorities, by name. */
  known: ReadonlyMap<string, string>;
}

/**
 * Looks at a host, once for its certificates and its setup; changes nothing.
 *
 * @throws BadInputError `driver-unsupported`, `read-only`; as `openPkiHost`.
 */
export async function seeHost(
  target: WizardTarget,
  { home, others, known }: LookOptions,
  { prompts, signal }: Pick<Work, 'prompts' | 'signal'>,
): Promise<SeenHost> {
  requireQemu(target);
  if (target.readOnly) {
    throw new BadInputError('read-only', target.readOnly.reason, {
      remedy: 'Add it to the board without "read only" to set it up.',
    });
  }
  const opened = await openPkiHost(target, { prompts, signal });
  const setup = new HostSetup(home, target);
  const [peers, bundles, served, unfinished, undoable] = await Promise.all([
    peerAddresses(target, others, signal),
    Promise.all(opened.trees.authorities.map(async (file) => certificatesIn(await opened.hand.read(file)))),
    servedOnDisk(opened),
    setup.unfinished(),
    setup.undoable(),
  ]);
  const authorities = [...known].flatMap(([name, fingerprint]) =>
    bundles.every((bundle) => bundle.some((one) => one.fingerprint === fingerprint)) ? [name] : [],
  );
  return { opened, setup, inspection: opened.inspection, peers, authorities, served, unfinished, undoable };
}

async function servedOnDisk({ hand, trees }: PkiHost): Promise<Certificate | undefined> {
  const place = trees.places.find(({ tree, purpose }) => tree === 'libvirt' && purpose === 'server');
  return place && certificatesIn(await hand.read(place.certificate))[0];
}

/** A file that is missing, or no certificate, holds none. */
function certificatesIn(pem: string | undefined): Certificate[] {
  try {
    return parseCertificates(pem ?? '');
  } catch {
    return [];
  }
}

/** Whether its link still lives, so that the hand can be used again. */
export async function isInHand({ opened }: SeenHost, signal: AbortSignal): Promise<boolean> {
  if (opened === undefined) return false;
  try {
    const { code } = await opened.root.operate('look', ['true'], { deadlineMs: 10_000, signal });
    return code === 0;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
