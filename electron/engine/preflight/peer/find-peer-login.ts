import { isIP } from 'node:net';
import type { PlannedIdentity } from '../../../common/host/one-time-identity.ts';
import { messageOf } from '../../../common/errors.ts';
import { defaultPorts, parseConnectUri } from '../../../libvirt/index.ts';
import { parseCertificates, type Certificate } from '../../../pki/certificate.ts';
import { allowListName } from '../../../pki/distinguished-name.ts';
import { isCertificateFor } from '../../../pki/hostname.ts';
import type { PlanOptions } from '../../plan.ts';
import type { HostFacts } from '../context.ts';
import { FactUnavailableError } from '../errors.ts';
import { chooseCandidate, isHostName, isLoopback } from '../facts/data-address.ts';
import { orUndefined } from '../once.ts';
import { isOnList, type DaemonDoor } from './daemon-door.ts';
import type { PeerLogin } from './peer-login.ts';
import { givenPeerAddress, peerAddress, withIdentity, type PeerAddress } from './peer-address.ts';

/** From this on QEMU on the source can be told whom to find at the address that the destination answers with. */
const oldestForNames = { number: 6_000_000, text: '6.0.0' };

/** Finds out where and as whom the source's daemon would log in, and tries it from the source. Changes nothing. */
export async function findPeerLogin(
  options: PlanOptions,
  source: HostFacts,
  destination: HostFacts,
  oneTime?: PlannedIdentity,
): Promise<PeerLogin> {
  const door = await orUndefined(() => destination.daemonDoor());
  const found = await findPeerAddress(options, source, destination, door);
  const address = oneTime === undefined ? found : withIdentity(found, oneTime.folder);
  const identity =
    oneTime?.subject ??
    (await orUndefined(async () => allowListName((await source.libvirtCertificates('client')).certificate)));
  const login = { address, identity, door, oneTime };
  return { ...login, trial: await tryIt(login, source, destination) };
}

async function tryIt(
  login: Omit<PeerLogin, 'trial'>,
  source: HostFacts,
  destination: HostFacts,
): Promise<PeerLogin['trial']> {
  const { address, oneTime } = login;
  const unsupported = await whyUnsupported(source, destination);
  if (unsupported !== undefined) return { kind: 'unsupported', said: unsupported };
  try {
    const { addresses } = await source.resolve(address.host);
    if (addresses.length === 0) return { kind: 'unreachable', because: 'name' };
    const back = addresses.find(isLoopback);
    if (back !== undefined) return { kind: 'leads-back', to: back };
    if (oneTime === undefined) return await source.tryPeerLogin(address);
    return await foresee(login, oneTime, source, destination);
  } catch (error) {
    if (oneTime && error instanceof FactUnavailableError && error.code === 'no-shell')
      return { kind: 'no-shell' };
    return { kind: 'not-tried', said: messageOf(error).replace(/\.$/, '') };
  }
}

/** What will come of the login with a certificate that is not there yet: as much as can be tried and read without it. */
async function foresee(
  { address, identity, door }: Omit<PeerLogin, 'trial'>,
  oneTime: PlannedIdentity,
  source: HostFacts,
  destination: HostFacts,
): Promise<PeerLogin['trial']> {
  const outcome = await source.tryPeerServer(address, oneTime.trusted);
  if (outcome.kind !== 'agreed' && outcome.kind !== 'server-refuses') return outcome;
  const refused = { kind: 'server-refuses', said: '' } as const;
  if (door?.verifiesClient === false) return { kind: 'awaits-identity' };
  if ((await trusts(destination, oneTime)) === false) return { ...refused, reason: 'issuer' };
  const listed =
    identity === undefined || door?.allowedNames === undefined || isOnList(identity, door.allowedNames);
  return listed ? { kind: 'awaits-identity' } : { ...refused, reason: undefined };
}

/** `undefined`: its file cannot be read. */
async function trusts(host: HostFacts, { issuerFingerprint }: PlannedIdentity): Promise<boolean | undefined> {
  const trusted = await orUndefined(async () =>
    parseCertificates((await host.libvirtCertificates('server')).authority),
  );
  return trusted?.some(({ fingerprint }) => fingerprint === issuerFingerprint);
}

async function whyUnsupported(source: HostFacts, destination: HostFacts): Promise<string | undefined> {
  for (const host of [source, destination]) {
    const { libvirt, hasMigrationP2p } = await host.daemon();
    if (host === source && !hasMigrationP2p) {
      return `libvirt ${libvirt.text} on ${host.name} does not offer peer-to-peer migration`;
    }
    if (libvirt.number < oldestForNames.number) {
      return `${host.name} runs libvirt ${libvirt.text}, and peer-to-peer takes at least ${oldestForNames.text}`;
    }
  }
  return undefined;
}

/**
 * The admin's address, else the host of the URI by which Viaduct reaches the destination or the name that it gives
 * itself: of these the first that the source can resolve and that the certificate of the destination's daemon is for.
 *
 * @throws {BadInputError} `dconnuri-invalid`
 */
async function findPeerAddress(
  options: PlanOptions,
  source: HostFacts,
  destination: HostFacts,
  door: DaemonDoor | undefined,
): Promise<PeerAddress> {
  if (options.dconnuri !== undefined) return givenPeerAddress(options.dconnuri);
  const leaf = await orUndefined(() => daemonCertificate(destination));
  const named: [string | undefined, string][] = [
    [parseConnectUri(destination.connectUri).server, 'the host of the URI by which Viaduct reaches it'],
    [(await destination.daemon()).hostname, 'the name that it gives itself'],
  ];
  const usable = named.flatMap(([host, because]) =>
    host !== undefined && (isHostName(host) || isIP(host) !== 0) ? [{ host, because }] : [],
  );
  const chosen = chooseCandidate(
    await Promise.all(
      usable.map(async ({ host, because }) => ({
        host,
        because,
        addresses: await orUndefined(async () => (await source.resolve(host)).addresses),
        named: leaf && isCertificateFor(leaf, host),
      })),
    ),
  );
  if (chosen === undefined) {
    throw new FactUnavailableError(
      'unexpected-answer',
      `No name or address of ${destination.name} is known that the source’s daemon could use.`,
      'Name one with --dconnuri qemu+tls://HOST/system.',
    );
  }
  return peerAddress(chosen.host, door?.port ?? defaultPorts.tls, chosen.because);
}

export async function daemonCertificate(host: HostFacts): Promise<Certificate | undefined> {
  return parseCertificates((await host.libvirtCertificates('server')).certificate)[0];
}
