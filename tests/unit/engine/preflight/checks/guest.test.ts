import { describe, expect, it } from 'vitest';
import { destinationCpuCheck } from '../../../../../electron/engine/preflight/checks/destination-cpu.ts';
import { destinationMachineCheck } from '../../../../../electron/engine/preflight/checks/destination-machine.ts';
import { destinationMemoryCheck } from '../../../../../electron/engine/preflight/checks/destination-memory.ts';
import { destinationNetworksCheck } from '../../../../../electron/engine/preflight/checks/destination-networks.ts';
import { guestBlockersCheck } from '../../../../../electron/engine/preflight/checks/guest-blockers.ts';
import { guestStateCheck } from '../../../../../electron/engine/preflight/checks/guest-state.ts';
import type { Obstacle } from '../../../../../electron/engine/preflight/facts/guest-blockers.ts';
import type { SlirpHelper } from '../../../../../electron/engine/preflight/facts/slirp-helper.ts';
import { GuestNotFoundError } from '../../../../../electron/engine/preflight/errors.ts';
import { defaultPlanOptions } from '../../../../../electron/engine/plan.ts';
import { neededAtStart } from '../../../../../electron/engine/preflight/checks/needed-at-start.ts';
import { LibvirtError } from '../../../../../electron/libvirt/index.ts';
import { daemonFacts, failing, findingsOf, given, verdict, type Facts } from '../fake-context.ts';

function daemonError(code: number, message: string): LibvirtError {
  return new LibvirtError({
    code,
    domain: 10,
    message,
    level: 2,
    dom: undefined,
    str1: undefined,
    str2: undefined,
    str3: undefined,
    int1: 0,
    int2: 0,
    net: undefined,
  });
}

const offline = { context: { options: { ...defaultPlanOptions, offline: true } } };

describe('the state of the guest', () => {
  it.each<[string, Facts['guest'], string]>([
    ['running', {}, 'ok'],
    ['paused by a user', { state: 'paused', stateInWords: 'paused (by a user)' }, 'info'],
    ['shut off', { state: 'shut-off', stateInWords: 'shut off' }, 'error'],
    ['crashed', { state: 'other', stateInWords: 'crashed' }, 'error'],
    ['paused for a migration', { state: 'paused', isHeldByMigration: true }, 'error'],
  ])('%s', async (_words, guest, level) => {
    expect(await verdict(guestStateCheck, guest && { guest })).toEqual([`${level} guest.state`]);
  });

  it('names the option for a guest that is shut off', async () => {
    const [finding] = await findingsOf(guestStateCheck, { guest: { state: 'shut-off' } });
    expect(finding?.remedy).toBe('Start web01 first, or move its definition alone (--offline).');
  });

  it.each<[string, Facts['guest'], string]>([
    ['shut off', { state: 'shut-off' }, 'ok'],
    ['running', {}, 'error'],
    ['paused', { state: 'paused', stateInWords: 'paused (by a user)' }, 'error'],
    ['crashed', { state: 'other', stateInWords: 'crashed' }, 'error'],
  ])('of an offline move: %s', async (_words, guest = {}, level) => {
    const findings = await findingsOf(guestStateCheck, { guest, ...offline });
    expect(findings.map((finding) => finding.level)).toEqual([level]);
  });

  it('is an error when there is no such guest', async () => {
    const guest = failing(new GuestNotFoundError('web01', 'alpha.lab', undefined));
    const [finding] = await findingsOf(guestStateCheck, { context: { guest } });
    expect(finding).toMatchObject({ level: 'error', summary: 'alpha.lab has no guest "web01".' });
  });

  it('is not guessed when it cannot be read', async () => {
    const guest = failing(daemonError(38, 'broken'));
    await expect(findingsOf(guestStateCheck, { context: { guest } })).rejects.toThrow('broken');
  });
});

const of = (kind: Obstacle['kind']): Obstacle => ({ what: `the ${kind} device`, kind });

describe('what keeps the guest from moving', () => {
  it.each<[SlirpHelper, string]>([
    ['absent', 'ok'],
    ['moves', 'ok'],
    ['stays', 'error'],
  ])('a helper of its user-mode network that is %s: %s', async (helper, level) => {
    const nic = { kind: 'user', source: undefined, mac: undefined, backend: undefined };
    const source = { slirpHelper: given(helper) };
    const facts = { guest: { interfaces: [nic] }, source };
    expect(await verdict(guestBlockersCheck, facts)).toEqual([`${level} guest.blockers`]);
    const passt = { ...facts, guest: { interfaces: [{ ...nic, backend: 'passt' }] } };
    expect(await verdict(guestBlockersCheck, passt)).toEqual(['ok guest.blockers']);
  });

  it('leaves a device to its driver where libvirt does', async () => {
    const daemon = given(daemonFacts('alpha.lab', { libvirt: '9.7.0' }));
    const facts = { guest: { obstacles: [of('by-driver')] }, source: { daemon } };
    expect(await verdict(guestBlockersCheck, facts)).toEqual(['warning guest.blockers']);
  });

  it.each<[string, Facts['guest'], string[]]>([
    ['nothing', {}, ['ok']],
    ['two devices', { obstacles: [of('by-driver'), of('refused')] }, ['error', 'error']],
    ['a device that is given back there', { obstacles: [of('plugged-anew')] }, ['warning']],
    ['a process of the host', { obstacles: [of('cut-off')] }, ['warning']],
    ['checkpoints', { checkpoints: 2 }, ['warning']],
    ['snapshots', { snapshots: 2 }, ['error']],
    ['a block job', { disksWithBlockJob: ['vda'], runningJob: 'a backup' }, ['error']],
    ['another operation', { runningJob: 'a backup' }, ['error']],
    ['a saved memory image', { hasManagedSave: true }, ['warning']],
  ])('%s', async (_words, guest, levels) => {
    const findings = await findingsOf(guestBlockersCheck, guest && { guest });
    expect(findings.map(({ level }) => level)).toEqual(levels);
  });
});

it.each<[string, Facts['guest']]>([
  ['snapshots', { snapshots: 2 }],
  ['another operation', { runningJob: 'a backup' }],
  ['a saved memory image', { hasManagedSave: true }],
])('a command to copy is safe with any name of a guest: %s', async (_words, guest) => {
  const [found] = await findingsOf(guestBlockersCheck, { guest: { ...guest, name: 'web; reboot' } });
  expect(found?.remedy).toContain('virsh');
  expect(found?.remedy).toContain("'web; reboot'");
});

describe('what keeps a definition from moving', () => {
  it.each<[string, Facts['guest'], string[]]>([
    ['nothing', {}, ['ok']],
    ['devices, which it only names', { obstacles: [of('by-driver'), of('refused')] }, ['info', 'info']],
    ['snapshots', { snapshots: 2 }, ['error']],
    ['a saved memory image, which would be lost', { hasManagedSave: true }, ['error']],
  ])('%s', async (_words, guest = {}, levels) => {
    const findings = await findingsOf(guestBlockersCheck, { guest, ...offline });
    expect(findings.map(({ level }) => level)).toEqual(levels);
  });
});

describe('what a guest needs at its start', () => {
  const check = neededAtStart(destinationMachineCheck);
  const destination = { domainCapabilities: failing(daemonError(8, 'unsupported machine')) };

  it('is in the way of one that runs', async () => {
    expect(await verdict(check, { destination })).toEqual(['error destination.machine']);
  });

  it('is something to see to for one that is shut off', async () => {
    expect(await verdict(check, { destination, ...offline })).toEqual(['warning destination.machine']);
    expect(await verdict(check, offline)).toEqual(['ok destination.machine']);
  });
});

describe("the guest's CPU on the destination", () => {
  const reason =
    'the CPU is incompatible with host CPU: Host CPU does not provide required features: avx2, bmi1';
  it.each<[string, Facts, string]>([
    ['is the same', {}, 'ok'],
    ['is a part of what it has', { destination: { compareCpu: given({ result: 'superset' }) } }, 'ok'],
    [
      'is more than it has',
      { destination: { compareCpu: given({ result: 'incompatible', reason }) } },
      'error',
    ],
    [
      'is nothing in particular',
      { guest: { cpuXml: undefined }, destination: { compareCpu: failing(new Error('no')) } },
      'ok',
    ],
    [
      'is that of the source host, which differs',
      { guest: { cpuMode: 'host-passthrough' }, destination: { compareCpu: given({ result: 'superset' }) } },
      'warning',
    ],
  ])('%s', async (_words, facts, level) => {
    expect(await verdict(destinationCpuCheck, facts)).toEqual([`${level} destination.cpu`]);
  });

  it('names the features that are missing', async () => {
    const compareCpu = given({ result: 'incompatible' as const, reason });
    const [finding] = await findingsOf(destinationCpuCheck, { destination: { compareCpu } });
    expect(finding?.summary).toContain('Missing there: avx2, bmi1.');
  });

  it('is compared as the host CPU of the source when the guest takes that', async () => {
    const asked: string[] = [];
    const compareCpu: NonNullable<Facts['destination']>['compareCpu'] = (_query, cpuXml) => {
      asked.push(cpuXml);
      return Promise.resolve({ result: 'identical' });
    };
    await findingsOf(destinationCpuCheck, {
      guest: { cpuMode: 'host-passthrough' },
      destination: { compareCpu },
    });
    expect(asked).toEqual(['<cpu><model>host</model></cpu>']);
  });
});

describe('emulator and machine type on the destination', () => {
  it('are refused in the words of the daemon', async () => {
    const text = "the machine 'pc-q35-7.2' is not supported by emulator '/usr/bin/qemu-system-x86_64'";
    const domainCapabilities = failing(daemonError(8, text));
    const findings = await findingsOf(destinationMachineCheck, { destination: { domainCapabilities } });
    expect(findings).toMatchObject([{ level: 'error', evidence: text }]);
  });

  it('are fine when the daemon describes them', async () => {
    expect(await verdict(destinationMachineCheck)).toEqual(['ok destination.machine']);
  });

  it('are not judged when the daemon cannot be asked', async () => {
    const domainCapabilities = failing(new Error('link lost'));
    await expect(
      findingsOf(destinationMachineCheck, { destination: { domainCapabilities } }),
    ).rejects.toThrow();
  });
});

describe("the guest's networks on the destination", () => {
  const nic = (kind: string, source?: string) => ({
    kind,
    source,
    mac: '52:54:00:00:00:01',
    backend: undefined,
  });
  it.each<[string, Facts, string[]]>([
    ['none', {}, ['ok']],
    ['one that is active', { guest: { interfaces: [nic('network', 'default')] } }, ['ok']],
    [
      'one that is not active',
      {
        guest: { interfaces: [nic('network', 'default')] },
        destination: { network: given({ active: false }) },
      },
      ['error'],
    ],
    [
      'one that is missing',
      { guest: { interfaces: [nic('network', 'lan')] }, destination: { network: given(undefined) } },
      ['error'],
    ],
    [
      'a bridge that is missing',
      { guest: { interfaces: [nic('bridge', 'br0')] }, destination: { hasNetworkDevice: given(false) } },
      ['error'],
    ],
    ['a bridge', { guest: { interfaces: [nic('bridge', 'br0')] } }, ['ok']],
    ['user networking', { guest: { interfaces: [nic('user')] } }, ['ok']],
    ['the same one twice', { guest: { interfaces: [nic('network', 'a'), nic('network', 'a')] } }, ['ok']],
  ])('%s', async (_words, facts, levels) => {
    const findings = await findingsOf(destinationNetworksCheck, facts);
    expect(findings.map(({ level }) => level)).toEqual(levels);
  });
});

describe('memory on the destination', () => {
  it.each([
    [1024 ** 3, 'ok'],
    [1024 ** 3 - 1, 'warning'],
  ])('%i bytes free for a guest with 1 GiB: %s', async (free, level) => {
    const facts = { destination: { freeMemoryBytes: given(free) } };
    expect(await verdict(destinationMemoryCheck, facts)).toEqual([`${level} destination.memory`]);
  });
});
