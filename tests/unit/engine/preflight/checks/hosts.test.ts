import { describe, expect, it } from 'vitest';
import { defaultPlanOptions, type PlanOptions } from '../../../../../electron/engine/plan.ts';
import { ViaductError } from '../../../../../electron/common/errors.ts';
import { clockCheck } from '../../../../../electron/engine/preflight/checks/clock.ts';
import { connectionCheck } from '../../../../../electron/engine/preflight/checks/connection.ts';
import { readOnlyCheck } from '../../../../../electron/engine/preflight/checks/read-only.ts';
import { hostsSameCheck } from '../../../../../electron/engine/preflight/checks/hosts-same.ts';
import { optionVersionsCheck } from '../../../../../electron/engine/preflight/checks/option-versions.ts';
import { nameTakenCheck } from '../../../../../electron/engine/preflight/checks/name-taken.ts';
import {
  versionOrderCheck,
  versionsCheck,
} from '../../../../../electron/engine/preflight/checks/versions.ts';
import {
  daemonFacts,
  failing,
  fakeHost,
  findingsOf,
  given,
  guestFacts,
  verdict,
  type Facts,
} from '../fake-context.ts';

describe('the connection to a host', () => {
  const check = connectionCheck('destination');
  const refused = new ViaductError('ssh-unreachable', 'Nothing answers.', { remedy: 'Start it.' });
  it.each<[string, Facts['destination'], string]>([
    ['answers', {}, 'ok'],
    ['drives another hypervisor', { daemon: given(daemonFacts('b', { hypervisor: 'Xen' })) }, 'error'],
    ['cannot be made', { daemon: failing(refused) }, 'error'],
    ['offers no protocol v3', { daemon: given(daemonFacts('b', { hasMigrationV3: false })) }, 'error'],
    ['offers no parameters', { daemon: given(daemonFacts('b', { hasMigrationParams: false })) }, 'error'],
  ])('%s', async (_words, destination, level) => {
    expect(await verdict(check, destination && { destination })).toEqual([`${level} connection.destination`]);
  });

  it('keeps the reason and its remedy', async () => {
    const [finding] = await findingsOf(check, { destination: { daemon: failing(refused) } });
    expect(finding).toMatchObject({
      summary: 'beta.lab cannot be reached: Nothing answers.',
      remedy: 'Start it.',
    });
  });
});

describe('the versions that chosen options need', () => {
  const words = async (given: Partial<PlanOptions>, facts: Facts) => {
    const options = { ...defaultPlanOptions, ...given };
    expect(optionVersionsCheck.applies?.(options)).toBe(true);
    const findings = await findingsOf(optionVersionsCheck, { ...facts, context: { options } });
    return findings.map(({ level, summary }) => `${level}: ${summary}`);
  };
  const host = (name: string, versions: { libvirt?: string; qemu?: string }) => ({
    daemon: given(daemonFacts(name, versions)),
  });

  it.each<[Partial<PlanOptions>, Facts, string[]]>([
    [{ parallel: 2 }, {}, ['ok: Both hosts know the chosen options.']],
    [
      { parallel: 2 },
      { destination: host('beta.lab', { libvirt: '5.1.0', qemu: '3.1.0' }) },
      [
        'error: --parallel needs libvirt 5.2 or newer; beta.lab has 5.1.0.',
        'error: --parallel needs QEMU 4.0 or newer; beta.lab has 3.1.0.',
      ],
    ],
    [
      { parallel: 2, compress: 'zstd' },
      { source: host('alpha.lab', { libvirt: '9.4.0' }) },
      ['error: --compress zlib or zstd needs libvirt 9.4 or newer; beta.lab has 9.0.0.'],
    ],
    [
      { compress: 'mt' },
      { source: host('alpha.lab', { qemu: '9.1.0' }) },
      ['error: --compress mt needs a QEMU before 9.1; alpha.lab has 9.1.0.'],
    ],
    [
      { tlsDestination: 'b', disks: 'copy' },
      { source: host('alpha.lab', { libvirt: '8.1.9' }) },
      ['error: --tls-destination with copied disks needs libvirt 8.2 or newer; alpha.lab has 8.1.9.'],
    ],
  ])('%j', async (given, facts, expected) => {
    expect(await words(given, facts)).toEqual(expected);
  });

  it('are not asked for where nothing needs more than is needed anyway', () => {
    expect(optionVersionsCheck.applies?.({ ...defaultPlanOptions, compress: 'xbzrle' })).toBe(false);
  });
});

describe('read-only connections', () => {
  const readOnly = (name: string) => ({ daemon: given(daemonFacts(name, { readOnly: true })) });
  it.each<[string, Facts, string[]]>([
    ['none', {}, ['ok between']],
    ['the source', { source: readOnly('alpha.lab') }, ['error source']],
    [
      'both',
      { source: readOnly('alpha.lab'), destination: readOnly('beta.lab') },
      ['error source', 'error destination'],
    ],
  ])('%s', async (_words, facts, expected) => {
    const findings = await findingsOf(readOnlyCheck, facts);
    expect(findings.map(({ level, side }) => `${level} ${side}`)).toEqual(expected);
    expect(findings.every(({ id }) => id === 'connection.read-only')).toBe(true);
  });
});

describe('versions', () => {
  it.each([
    ['4.4.0', '2.11.0', ['ok versions.source']],
    ['4.3.0', '2.11.0', ['error versions.source']],
    ['4.4.0', '2.10.9', ['error versions.source']],
    ['4.3.9', '2.10.0', ['error versions.source', 'error versions.source']],
  ])('libvirt %s with QEMU %s', async (libvirt, qemu, expected) => {
    const daemon = given(daemonFacts('alpha.lab', { libvirt, qemu }));
    expect(await verdict(versionsCheck('source'), { source: { daemon } })).toEqual(expected);
  });

  it.each([
    ['9.0.0', '7.2.0', 'ok'],
    ['10.0.0', '8.0.0', 'ok'],
    ['8.9.0', '7.2.0', 'warning'],
    ['9.0.0', '7.1.0', 'warning'],
  ])('a move from 9.0.0 and 7.2.0 to %s and %s', async (libvirt, qemu, level) => {
    const daemon = given(daemonFacts('beta.lab', { libvirt, qemu }));
    expect(await verdict(versionOrderCheck, { destination: { daemon } })).toEqual([
      `${level} versions.order`,
    ]);
  });
});

describe('source and destination', () => {
  const capabilities = () => fakeHost('source').capabilities();
  it.each<[string, Facts, string]>([
    ['are two hosts', {}, 'ok'],
    ['have the same UUID', { destination: { capabilities } }, 'error'],
    ['have the same name', { destination: { daemon: given(daemonFacts('alpha.lab')) } }, 'warning'],
  ])('%s', async (_words, facts, level) => {
    expect(await verdict(hostsSameCheck, facts)).toEqual([`${level} hosts.same`]);
  });
});

describe('the name and the UUID of the guest on the destination', () => {
  const { name, uuid } = guestFacts();
  const other = 'aaaaaaaa-2222-3333-4444-555555555555';
  const known = { name, uuid, active: false, persistent: true };
  it.each<[string, Facts, string]>([
    ['are free', {}, 'ok'],
    [
      'belong to a definition of this guest',
      { destination: { domainByName: given(known), domainByUuid: given(known) } },
      'info',
    ],
    [
      'belong to this guest, running',
      { destination: { domainByUuid: given({ ...known, active: true }) } },
      'error',
    ],
    [
      'belong to a remainder without definition',
      { destination: { domainByUuid: given({ ...known, persistent: false }) } },
      'error',
    ],
    ['belong to another UUID', { destination: { domainByName: given({ ...known, uuid: other }) } }, 'error'],
    ['belong to another name', { destination: { domainByUuid: given({ ...known, name: 'db01' }) } }, 'error'],
    [
      'are taken by the source itself',
      {
        destination: {
          capabilities: () => fakeHost('source').capabilities(),
          domainByName: given({ ...known, active: true }),
        },
      },
      'info',
    ],
  ])('%s', async (_words, facts, level) => {
    expect(await verdict(nameTakenCheck, facts)).toEqual([`${level} destination.name-taken`]);
  });
});

describe("the hosts' clocks", () => {
  it.each([
    [0, 5, 'ok'],
    [900, 5, 'ok'],
    [-5_000, 5, 'info'],
    [61_000, 5, 'warning'],
    [-3_600_000, 5, 'warning'],
    [1_500, 1_000, 'ok'],
  ])('%i ms apart, known to %i ms: %s', async (offsetMs, uncertaintyMs, level) => {
    const clock = given({ offsetMs, uncertaintyMs });
    expect(await verdict(clockCheck, { destination: { clock } })).toEqual([`${level} clock`]);
  });
});
