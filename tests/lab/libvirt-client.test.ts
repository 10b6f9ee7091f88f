import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  allDomainStats,
  capabilities,
  describeDomainState,
  domainByName,
  domainState,
  domainStatsGroups,
  domainXml,
  domainXmlFlags,
  errorCodes,
  hostname,
  isLibvirtError,
  isReader,
  LibvirtClient,
  libVersion,
  libvirtFeatures,
  listDomains,
  openTlsTransport,
  openUnixTransport,
  parseConnectUri,
  procedures,
  ProtocolError,
  type DomainEventKind,
  type Procedure,
} from '../../electron/libvirt/index.ts';
import { leaderOf } from './host.ts';
import { hosts, tlsUri, workstationPkiDir } from './layout.ts';
import { silent } from './progress.ts';
import { resetLab } from './reset.ts';
import { sampleArguments } from './support/sample-arguments.ts';
import { virsh } from './virsh.ts';
import { waitFor } from './wait-for.ts';

const opened: LibvirtClient[] = [];

beforeAll(() => resetLab(silent));

async function open(text: string): Promise<LibvirtClient> {
  const uri = parseConnectUri(text);
  const stream = await (uri.transport === 'tls' ? openTlsTransport(uri) : openUnixTransport(uri));
  const client = await LibvirtClient.open(stream, { name: uri.remoteName, hostLabel: 'alpha.lab' });
  opened.push(client);
  return client;
}

/** The daemon's socket inside the running host, as this machine sees it. */
async function unixUri(): Promise<string> {
  const leader = await leaderOf(hosts.alpha);
  return `qemu+unix:///system?socket=/proc/${String(leader)}/root/run/libvirt/libvirt-sock`;
}

/** Not for callers of an open client; SET_IDENTITY changes the connection itself, which even a reader may. */
const partOfTheHandshake = new Set([
  'AUTH_LIST',
  'AUTH_SASL_INIT',
  'AUTH_SASL_START',
  'AUTH_SASL_STEP',
  'AUTH_POLKIT',
  'CONNECT_OPEN',
  'CONNECT_CLOSE',
  'CONNECT_SET_IDENTITY',
]);

const transports = [
  ['unix', unixUri],
  ['tls', () => Promise.resolve(tlsUri(hosts.alpha))],
] as const;

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

describe.each(transports)('the libvirt client over %s, against a real daemon', (_name, uriOf) => {
  it('lists the guests that virsh lists, with the same definitions', async () => {
    const client = await open(await uriOf());
    const names = (await virsh(hosts.alpha, ['list', '--all', '--name'])).split('\n').filter(Boolean);
    const domains = await listDomains(client);
    expect(domains.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const dom of domains) {
      expect(dom.uuid).toBe((await virsh(hosts.alpha, ['domuuid', dom.name])).trim());
      expect((await domainXml(client, dom)).trim()).toBe(
        (await virsh(hosts.alpha, ['dumpxml', dom.name])).trim(),
      );
    }
  });

  it('reports state and statistics of a running guest', async () => {
    const client = await open(await uriOf());
    const dom = await domainByName(client, 'db01');
    const { state, reason } = await domainState(client, dom);
    expect(describeDomainState(state, reason)).toMatch(/^running/);
    const [record] = await allDomainStats(client, domainStatsGroups.state, { domains: [dom] });
    expect(record?.stats.get('state.state')).toBe(state);
  });

  it('knows the host: name, version, capabilities, features', async () => {
    const client = await open(await uriOf());
    const version = await virsh(hosts.alpha, ['version', '--daemon']);
    expect(version).toContain(`Running against daemon: ${(await libVersion(client)).text}`);
    expect((await hostname(client)).trim()).toBe((await virsh(hosts.alpha, ['hostname'])).trim());
    expect(await capabilities(client)).toContain('<capabilities>');
    expect(await client.supportsFeature(libvirtFeatures.migrationParams)).toBe(true);
  });

  it('keeps a hundred calls apart', async () => {
    const client = await open(await uriOf());
    const domains = await listDomains(client);
    const asked = Array.from({ length: 100 }, (_, index) => domains[index % domains.length]?.name ?? '');
    const answered = await Promise.all(asked.map((name) => domainByName(client, name)));
    expect(answered.map(({ name }) => name)).toEqual(asked);
  });

  it('hears of what others do, each of two that listen to the same', async () => {
    const client = await open(await uriOf());
    const [domain] = (await listDomains(client)).filter(({ name }) => name === 'db01');
    const kinds: string[] = [];
    const also: string[] = [];
    await client.onDomainEvent('metadataChange', ({ dom }) => kinds.push(dom.name), { domain });
    await client.onDomainEvent('metadataChange', ({ dom }) => also.push(dom.name), { domain });
    await virsh(hosts.alpha, ['desc', 'db01', '--live', 'seen by the client']);
    await waitFor(
      'the event of db01 arrives',
      () => Promise.resolve(kinds.includes('db01') && also.includes('db01') ? true : undefined),
      { timeoutMs: 5000 },
    );
    await virsh(hosts.alpha, ['desc', 'db01', '--live', '']);
    expect(client.malformedEvents).toBe(0);
  });
});

describe('the libvirt client, against a real daemon', () => {
  it('can register every kind of event that libvirt 9 has', async () => {
    const client = await open(await unixUri());
    const kinds: readonly DomainEventKind[] = [
      'lifecycle',
      'reboot',
      'rtcChange',
      'watchdog',
      'ioError',
      'graphics',
      'ioErrorReason',
      'controlError',
      'blockJob',
      'diskChange',
      'trayChange',
      'pmWakeup',
      'pmSuspend',
      'balloonChange',
      'pmSuspendDisk',
      'deviceRemoved',
      'blockJob2',
      'tunable',
      'agentLifecycle',
      'deviceAdded',
      'migrationIteration',
      'jobCompleted',
      'deviceRemovalFailed',
      'metadataChange',
      'blockThreshold',
      'memoryFailure',
      'memoryDeviceSizeChange',
    ];
    for (const kind of kinds) await client.onDomainEvent(kind, () => undefined);
    expect(await hostname(client)).not.toBe('');
  });

  it('is told that a guest is not there, with all that the daemon says', async () => {
    const client = await open(await unixUri());
    await expect(domainByName(client, 'nope')).rejects.toMatchObject({
      code: 'libvirt-no-domain',
      wire: { code: 42, domain: 10, level: 2, int1: -1, int2: -1 },
    });
  });

  it('may read but not change anything over a read-only connection', async () => {
    const uri = parseConnectUri(await unixUri());
    const client = await LibvirtClient.open(await openUnixTransport(uri), {
      name: uri.remoteName,
      readOnly: true,
    });
    opened.push(client);
    const dom = await domainByName(client, 'db01');
    await expect(client.call(procedures.domainSetAutostart, { dom, autostart: true })).rejects.toMatchObject({
      code: 'read-only',
    });
    // This one may be called, but not for a definition with its secrets: the daemon itself says no.
    await expect(domainXml(client, dom, domainXmlFlags.secure)).rejects.toMatchObject({
      code: 'read-only',
      cause: { wire: { code: 29 } },
    });
  });

  it.each(['qemu:///system', 'test:///default'])(
    'knows exactly what a read-only connection to %s refuses',
    async (name) => {
      const socket = (await unixUri()).replace('libvirt-sock', 'libvirt-sock-ro');
      // The client believes that it may write, so that the daemon decides.
      const client = await LibvirtClient.open(await openUnixTransport(parseConnectUri(socket)), { name });
      opened.push(client);
      const wrong: string[] = [];
      for (const procedure of Object.values<Procedure<unknown, unknown>>(procedures)) {
        if (partOfTheHandshake.has(procedure.name)) continue;
        const sample = { ...procedure, args: sampleArguments(procedure.args.layout) };
        let refused = false;
        try {
          await client.call(sample, undefined, { deadlineMs: 30_000 });
        } catch (error) {
          if (!isLibvirtError(error) && !(error instanceof ProtocolError)) throw error;
          if (isLibvirtError(error, errorCodes.rpc)) throw error;
          refused = isLibvirtError(error, errorCodes.operationDenied);
        }
        if (refused === isReader(procedure)) wrong.push(`${procedure.name} ${String(refused)}`);
      }
      expect(wrong).toEqual([]);
    },
    120_000,
  );

  it('learns that the daemon refuses clients without a certificate', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'viaduct-pki-'));
    try {
      await cp(join(workstationPkiDir, 'cacert.pem'), join(folder, 'cacert.pem'));
      const uri = parseConnectUri(`qemu+tls://${hosts.alpha.fqdn}/system?pkipath=${folder}`);
      await expect(openTlsTransport(uri)).rejects.toMatchObject({ code: 'tls-client-refused' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
