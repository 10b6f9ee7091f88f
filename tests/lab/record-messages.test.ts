import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

import type { ByteStream } from '../../electron/common/byte-stream.ts';
import {
  domainStatsGroups,
  LibvirtClient,
  openUnixTransport,
  parseConnectUri,
  procedures,
  type DomainEventKind,
  type Procedure,
} from '../../electron/libvirt/index.ts';
import { MessageRecorder, messagesFile } from '../fixtures/libvirt/message-recorder.ts';
import { leaderOf } from './host.ts';
import { hosts } from './layout.ts';
import { virsh } from './virsh.ts';
import { waitFor } from './wait-for.ts';

const eventKinds: readonly DomainEventKind[] = [
  ...(['lifecycle', 'rtcChange', 'balloonChange', 'tunable', 'metadataChange', 'deviceAdded'] as const),
  ...(['deviceRemoved', 'jobCompleted', 'blockJob', 'blockJob2', 'trayChange', 'diskChange'] as const),
];
const transientGuest = `<domain type='qemu'><name>recorded</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64'>hvm</type></os></domain>`;
const scratchVolume = `<volume><name>recorded.raw</name><capacity unit='KiB'>64</capacity></volume>`;
const random = `<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`;

async function tap(recorder: MessageRecorder): Promise<{ stream: ByteStream; uri: string }> {
  const socket = `/proc/${String(await leaderOf(hosts.alpha))}/root/run/libvirt/libvirt-sock`;
  const uri = parseConnectUri(`qemu:///system?socket=${socket}`);
  return { stream: recorder.tap(await openUnixTransport(uri)), uri: uri.remoteName };
}

describe.runIf(process.env['VIADUCT_RECORD_MESSAGES'] === '1')('recording what a daemon sends', () => {
  it('writes the messages of alpha into the fixture', async () => {
    const recorder = new MessageRecorder();
    const { stream, uri } = await tap(recorder);
    await using client = await LibvirtClient.open(stream, {
      name: uri,
      // Soon enough that a pong is among what is recorded.
      keepalive: { intervalMs: 1000, count: 5 },
    });
    // The daemon pings only who is silent.
    const silent = await tap(recorder);
    const pinged = await LibvirtClient.open(silent.stream, {
      name: uri,
      keepalive: { intervalMs: 60_000, count: 5 },
    });
    const ask = <Args, Ret>(procedure: Procedure<Args, Ret>, args: Args): Promise<Ret> =>
      client.call(procedure, args);
    const refused = async <Args, Ret>(procedure: Procedure<Args, Ret>, args: Args): Promise<void> => {
      await expect(client.call(procedure, args)).rejects.toThrow();
    };
    for (const kind of eventKinds) await client.onDomainEvent(kind, () => undefined);

    await ask(procedures.connectGetType, {});
    await ask(procedures.connectGetVersion, {});
    await ask(procedures.connectGetLibVersion, {});
    await ask(procedures.connectGetHostname, {});
    await ask(procedures.connectGetUri, {});
    await ask(procedures.nodeGetInfo, {});
    await ask(procedures.nodeGetSecurityModel, {});
    await ask(procedures.nodeGetFreeMemory, {});
    await ask(procedures.nodeGetCpuMap, { needMap: 1, needOnline: 1, flags: 0 });
    const { nparams } = await ask(procedures.nodeGetMemoryStats, { nparams: 0, cellNum: -1, flags: 0 });
    await ask(procedures.nodeGetMemoryStats, { nparams, cellNum: -1, flags: 0 });
    await ask(procedures.connectGetCpuModelNames, { arch: 'x86_64', needResults: 1, flags: 0 });
    await ask(procedures.connectListAllDomains, { needResults: 1, flags: 0 });
    const { dom } = await ask(procedures.domainLookupByName, { name: 'db01' });
    await ask(procedures.domainGetXmlDesc, { dom, flags: 0 });
    await ask(procedures.domainGetInfo, { dom });
    await ask(procedures.domainGetState, { dom, flags: 0 });
    await ask(procedures.domainGetJobInfo, { dom });
    await ask(procedures.domainGetJobStats, { dom, flags: 0 });
    const groups = domainStatsGroups;
    await ask(procedures.connectGetAllDomainStats, { doms: [dom], stats: groups.state, flags: 0 });
    await ask(procedures.connectGetAllDomainStats, { doms: [], stats: 0, flags: 0 });
    await ask(procedures.connectListAllNetworks, { needResults: 1, flags: 0 });
    await ask(procedures.connectListAllSecrets, { needResults: 1, flags: 0 });
    await ask(procedures.connectListAllInterfaces, { needResults: 1, flags: 0 }).catch(() => undefined);
    await ask(procedures.connectListAllNodeDevices, { needResults: 1, flags: 0 });
    const { pools } = await ask(procedures.connectListAllStoragePools, { needResults: 1, flags: 0 });
    const [pool = { name: '', uuid: dom.uuid }] = pools;
    await ask(procedures.storagePoolGetInfo, { pool });
    await ask(procedures.storagePoolGetXmlDesc, { pool, flags: 0 });
    await ask(procedures.storagePoolRefresh, { pool, flags: 0 });
    const { vols } = await ask(procedures.storagePoolListAllVolumes, { pool, needResults: 1, flags: 0 });
    const [vol = { pool: pool.name, name: '', key: '' }] = vols;
    await ask(procedures.storageVolGetInfo, { vol });

    await refused(procedures.domainLookupByName, { name: 'nope' });
    await refused(procedures.networkLookupByName, { name: 'nope' });
    await refused(procedures.storagePoolLookupByName, { name: 'nope' });
    await refused(procedures.secretLookupByUuid, { uuid: dom.uuid });
    await refused(procedures.domainGetXmlDesc, { dom, flags: 0x4000_0000 });
    await refused(procedures.domainDefineXml, { xml: '<domain' });
    await refused(procedures.domainCreate, { dom });
    await refused({ ...procedures.connectGetUri, number: 9999 }, {});
    await refused({ ...procedures.connectGetUri, program: 0x1234 }, {});

    await virsh(hosts.alpha, ['suspend', 'db01']);
    await virsh(hosts.alpha, ['resume', 'db01']);
    await virsh(hosts.alpha, ['desc', 'db01', '--live', 'recorded']);
    await virsh(hosts.alpha, ['schedinfo', 'db01', '--live', 'cpu_shares=512']).catch(() => '');
    const { dom: defined } = await ask(procedures.domainDefineXml, { xml: transientGuest });
    await ask(procedures.domainUndefineFlags, { dom: defined, flags: 0 });
    await ask(procedures.domainAttachDeviceFlags, { dom, xml: random, flags: 1 });
    await virsh(hosts.alpha, ['dump', 'db01', '/var/tmp/recorded', '--memory-only', '--live']);
    await ask(procedures.domainGetJobStats, { dom, flags: 1 });

    const download = { vol, offset: 0n, length: 3000n, flags: 0 };
    const volume = await client.openStream(procedures.storageVolDownload, download);
    for await (const bytes of volume.stream) expect(bytes.length).toBeGreaterThan(0);
    await volume.stream.finish();
    await expect(
      client.openStream(procedures.domainOpenConsole, { dom, devName: undefined, flags: 0 }),
    ).rejects.toThrow();
    const { vol: scratch } = await ask(procedures.storageVolCreateXml, {
      pool,
      xml: scratchVolume,
      flags: 0,
    });
    const written = await client.openStream(procedures.storageVolUpload, { ...download, vol: scratch });
    await written.stream.send(new Uint8Array(3000));
    await written.stream.finish();
    const cut = await client.openStream(procedures.storageVolUpload, {
      ...download,
      vol: scratch,
      length: 4n,
    });
    await cut.stream.send(new Uint8Array(3000));
    await expect(cut.stream.finish()).rejects.toThrow();
    await ask(procedures.storageVolDelete, { vol: scratch, flags: 0 });
    await refused(procedures.storageVolDownload, { ...download, vol: { ...vol, name: 'no', key: '/no' } });
    await waitFor(
      'the daemon pings us and answers our ping',
      () => Promise.resolve(recorder.count('ping') > 0 && recorder.count('pong') > 0 ? true : undefined),
      { timeoutMs: 30_000 },
    );

    await pinged.close();
    await virsh(hosts.alpha, ['desc', 'db01', '--live', '']);
    await ask(procedures.domainDetachDeviceFlags, { dom, xml: random, flags: 1 });
    await writeFile(messagesFile, recorder.text());
    expect(recorder.size).toBeGreaterThanOrEqual(40);
  });
});
