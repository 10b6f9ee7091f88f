import type { PlannedIdentity } from '../../common/host/one-time-identity.ts';
import type { HostAccess } from '../../hosts/host-access.ts';
import { parseConnectUri } from '../../libvirt/index.ts';
import { parseCertificates } from '../../pki/certificate.ts';
import { isCertificateFor } from '../../pki/hostname.ts';
import type { PlanOptions } from '../plan.ts';
import type { HostFacts, PreflightContext } from './context.ts';
import {
  chooseCandidate,
  formatMigrateUri,
  isHostName,
  parseMigrateUri,
  type AddressCandidate,
  type DataAddress,
} from './facts/data-address.ts';
import { loadGuest } from './facts/guest.ts';
import { portsOfProbe, probePortRange, samplePorts } from './facts/port-probe.ts';
import { hostFacts, requireShell, type OwnerOf } from './host-facts.ts';
import { findSharing } from './find-sharing.ts';
import { once, onceForEach, orUndefined } from './once.ts';
import { findPeerLogin } from './peer/find-peer-login.ts';
import { FactUnavailableError } from './errors.ts';
import { tryDataHandshake } from '../../setup/handshakes/data-handshake.ts';
import { isIP } from 'node:net';

/** Well within what a check may take; the ways on which it matters answer in a fraction of it. */
const handshakeSeconds = 3;

export interface ContextRequest {
  guest: string;
  source: HostAccess;
  destination: HostAccess;
  options: PlanOptions;
  /** Set where the source's daemon is to log in with a certificate for this migration alone. */
  identity?: PlannedIdentity | undefined;
  signal: AbortSignal;
}

/** The facts of one preflight over real hosts; nothing is asked before a check asks for it. */
export function createContext(request: ContextRequest): PreflightContext {
  const { options, signal } = request;
  const sourceShell = requireShell(request.source, signal);
  const destinationShell = requireShell(request.destination, signal);
  const guest = once(async () =>
    loadGuest(await request.source.control(signal), request.guest, request.source.name, {
      signal,
      deadlineMs: 6_000,
    }),
  );
  const ownerOf: OwnerOf = async (hostOwners) => {
    const { staticOwner, virtType } = await guest();
    return staticOwner ?? hostOwners.get(virtType) ?? hostOwners.get('kvm');
  };
  const source = hostFacts('source', request.source, sourceShell, ownerOf, signal);
  const destination = hostFacts('destination', request.destination, destinationShell, ownerOf, signal);
  const dataAddress = once(() => findDataAddress(options, source, destination));
  const sharing = onceForEach((paths: string) => {
    const [here = '', there = ''] = JSON.parse(paths) as string[];
    return findSharing({ here, there }, source, destination);
  });
  return {
    options,
    guestName: request.guest,
    now: new Date(),
    source,
    destination,
    guest,
    sharing: (here, there = here) => sharing(JSON.stringify([here, there])),
    dataAddress,
    peerLogin: once(() => findPeerLogin(options, source, destination, request.identity)),
    tryData: once(async () => {
      const [from, to, { host, tlsName }, { portMin, portMax }] = await Promise.all([
        source.dataEnd('client'),
        destination.dataEnd('server'),
        dataAddress(),
        destination.qemuSettings(),
      ]);
      const ports = { min: portMin, max: Math.max(portMin, portMax - portsOfProbe) };
      return tryDataHandshake(from, to, { host, name: tlsName, ports, seconds: handshakeSeconds }, signal);
    }),
    probePorts: async (host, range) =>
      probePortRange(
        { source: await sourceShell(), destination: await destinationShell(), host },
        samplePorts(range, await destination.hasIncomingMigration()),
        { signal },
      ),
  };
}

/**
 * The address that the source will connect to: the admin's, else the one that the destination's qemu.conf names,
 * else the host of the URI by which Viaduct reaches the destination, else the name that the destination gives
 * itself; of the last three the first that the source can resolve and that the certificate is for.
 */
export async function findDataAddress(
  options: PlanOptions,
  source: HostFacts,
  destination: HostFacts,
): Promise<DataAddress> {
  const tlsName = (host: string): string => options.tlsDestination ?? host;
  if (options.migrateUri !== undefined) {
    const { host, port } = parseMigrateUri(options.migrateUri);
    return { migrateUri: options.migrateUri, host, port, because: 'it was given', tlsName: tlsName(host) };
  }
  const chosen = chooseCandidate(await loadCandidates(options, source, destination));
  if (chosen === undefined) {
    throw new FactUnavailableError(
      'unexpected-answer',
      `No name or address of ${destination.name} is known that the source could use.`,
      'Name one with --migrate-uri tcp://HOST.',
    );
  }
  const { host, because } = chosen;
  return { migrateUri: formatMigrateUri(host), host, port: undefined, because, tlsName: tlsName(host) };
}

async function loadCandidates(
  options: PlanOptions,
  source: HostFacts,
  destination: HostFacts,
): Promise<AddressCandidate[]> {
  const configured = await orUndefined(async () => (await destination.qemuSettings()).migrationHost);
  const named: [string | undefined, string][] = [
    [configured?.replace(/^\[(.*)\]$/, '$1'), "migration_host in the destination's qemu.conf"],
    [
      parseConnectUri(destination.connectUri).server,
      'the host of the URI by which Viaduct reaches the destination',
    ],
    [(await destination.daemon()).hostname, 'the name that the destination gives itself'],
  ];
  const usable = named.flatMap(([host, because]) =>
    host !== undefined && (isHostName(host) || isIP(host) !== 0) ? [{ host, because }] : [],
  );
  const isNamed = await certificateNames(options, destination);
  return Promise.all(
    usable.map(async ({ host, because }) => ({
      host,
      because,
      addresses: await orUndefined(async () => (await source.resolve(host)).addresses),
      named: isNamed?.(host),
    })),
  );
}

/** `undefined` where no certificate is needed, or it cannot be read. */
async function certificateNames(
  options: PlanOptions,
  destination: HostFacts,
): Promise<((host: string) => boolean) | undefined> {
  if (options.mode !== 'native-tls' || options.tlsDestination !== undefined) return undefined;
  return orUndefined(async () => {
    const { content } = (await destination.tlsTree('server')).certificate;
    const [leaf] = content !== undefined && 'pem' in content ? parseCertificates(content.pem) : [];
    return leaf && ((host: string) => isCertificateFor(leaf, host));
  });
}
