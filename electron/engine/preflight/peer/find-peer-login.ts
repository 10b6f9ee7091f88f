import { isIP } from 'node:net';
import { messageOf } from '../../../common/errors.ts';
import { defaultPorts, parseConnectUri } from '../../../libvirt/index.ts';
import { parseCertificates, type Certificate } from '../../../pki/certificate.ts';
import { allowListName } from '../../../pki/distinguished-name.ts';
import { isCertificateFor } from '../../../pki/hostname.ts';
import type { PlanOptions } from '../../plan.ts';
import type { HostFacts } from '../context.ts';
import { FactUnavailableError } from '../errors.ts';
import { chooseCandidate, isHostName, isLoopback } from '../facts/data-address.ts';
import type { DaemonDoor } from './daemon-door.ts';
import type { PeerLogin } from './peer-login.ts';
import { givenPeerAddress, peerAddress, type PeerAddress } from './peer-address.ts';

/** From this on QEMU on the source can be told whom to find at the address that the destination answers with. */
const oldestForNames = { number: 6_000_000, text: '6.0.0' };

/** Finds out where and as whom the source's daemon would log in, and tries it from the source. Changes nothing. */
export async function findPeerLogin(
  options: PlanOptions,
  source: HostFacts,
  destination: HostFacts,
): Promise<PeerLogin> {
  const door = await orUndefined(() => destination.daemonDoor());
  const [address, identity] = await Promise.all([
    findPeerAddress(options, source, destination, door),
    orUndefined(async () => allowListName((await source.libvirtCertificates('client')).certificate)),
  ]);
  return { address, identity, door, trial: await tryIt(address, source, destination) };
}

async function tryIt(
  address: PeerAddress,
  source: HostFacts,
  destination: HostFacts,
): Promise<PeerLogin['trial']> {
  const unsupported = await whyUnsupported(source, destination);
  if (unsupported !== undefined) return { kind: 'unsupported', said: unsupported };
  try {
    const { addresses } = await source.resolve(address.host);
    if (addresses.length === 0) return { kind: 'unreachable', because: 'name' };
    const back = addresses.find(isLoopback);
    if (back !== undefined) return { kind: 'leads-back', to: back };
    return await source.tryPeerLogin(address);
  } catch (error) {
    return { kind: 'not-tried', said: messageOf(error).replace(/\.$/, '') };
  }
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

/** What only helps to choose or to explain; the trial itself decides. */
async function orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}
