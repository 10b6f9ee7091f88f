import type { FindingSide, PlanOptions, ReviewFinding } from '../../electron/ipc/views.ts';
import { withControl, withMode, withOffline } from '../state/plan-options.ts';

/** What the app itself can do about a finding, behind a button with that label. */
export type FindingAction = { label: string } & (
  | { do: 'prepare hosts' | 'give address' | 'ask doctor' }
  | { do: 'reconnect'; side: 'source' | 'destination' }
  | { do: 'change options'; options: PlanOptions }
  | { do: 'mend'; pool: string }
);

export type ActionsOf = (finding: ReviewFinding) => readonly FindingAction[];

export interface Asked {
  options: PlanOptions;
  /** The guest is shut off. */
  isOff: boolean;
}

type Offer = (asked: Asked, side: FindingSide) => FindingAction | undefined;

const prepare: Offer = () => ({ do: 'prepare hosts', label: 'Prepare both hosts' });
const planFirewall: Offer = () => ({ do: 'prepare hosts', label: 'Plan the firewall' });
const giveAddress: Offer = ({ options }) =>
  options.mode === 'native-tls' || options.mode === 'plain'
    ? { do: 'give address', label: 'Use another address' }
    : undefined;
const askDoctor: Offer = () => ({ do: 'ask doctor', label: 'Ask the doctor' });
const reconnect: Offer = (_asked, side) =>
  side === 'source' || side === 'destination' ? { do: 'reconnect', label: 'Connect again', side } : undefined;
const relay: Offer = ({ options }) =>
  options.mode === 'ssh-relay' || options.offline
    ? undefined
    : {
        do: 'change options',
        label: 'Move through this machine',
        options: withMode(options, 'ssh-relay'),
      };
const nativeTls: Offer = ({ options }) =>
  options.mode === 'native-tls'
    ? undefined
    : { do: 'change options', label: 'Encrypt with QEMU’s TLS', options: withMode(options, 'native-tls') };
const driveIt: Offer = ({ options }) =>
  options.control === 'managed' || options.mode === 'tunnelled'
    ? undefined
    : { do: 'change options', label: 'Let Viaduct drive it', options: withControl(options, 'managed') };
const copyDisks: Offer = ({ options }) =>
  options.disks !== 'none' || options.offline || options.mode === 'tunnelled'
    ? undefined
    : { do: 'change options', label: 'Copy its disks along', options: { ...options, disks: 'copy' } };
const definitionAlone: Offer = ({ options, isOff }) =>
  isOff && !options.offline
    ? { do: 'change options', label: 'Move its definition alone', options: withOffline(options, true) }
    : undefined;

/** By the start of a finding's id; the first that fits counts. */
const offers: readonly [id: string, offers: readonly Offer[]][] = [
  ['connection.source', [reconnect]],
  ['connection.destination', [reconnect]],
  ['network.ports', [planFirewall, relay]],
  ['network.name', [giveAddress, relay]],
  ['tls.source.force', [nativeTls]],
  ['tls.destination.force', [nativeTls]],
  ['relay.', [nativeTls]],
  ['tls.destination.name', [prepare, giveAddress, relay]],
  ['tls.', [prepare, relay]],
  ['control.login', [prepare, driveIt]],
  ['control.source', [prepare, driveIt]],
  ['control.destination', [prepare, driveIt]],
  ['daemon.source.listeners', [prepare]],
  ['daemon.destination.listeners', [prepare]],
  ['destination.name-taken', [askDoctor]],
  ['guest.disks', [copyDisks]],
  ['guest.state', [definitionAlone]],
];

/** For what needs a look alone; empty where only a person can do something. */
export function actionsFor({ id, side, level, mend }: ReviewFinding, asked: Asked): FindingAction[] {
  if (level !== 'error' && level !== 'warning') return [];
  if (mend !== undefined) {
    const label = mend.kind === 'start pool' ? 'Start the pool' : 'Create the pool';
    return [{ do: 'mend', label, pool: mend.pool }];
  }
  const [, found = []] = offers.find(([start]) => id.startsWith(start)) ?? [];
  return found.flatMap((offer) => offer(asked, side) ?? []);
}
