import { describe, expect, it } from 'vitest';
import { destinationFirmwareCheck } from '../../../../../electron/engine/preflight/checks/destination-firmware.ts';
import { destinationPlacementCheck } from '../../../../../electron/engine/preflight/checks/destination-placement.ts';
import { destinationTpmCheck } from '../../../../../electron/engine/preflight/checks/destination-tpm.ts';
import type { GuestPlacement } from '../../../../../electron/engine/preflight/facts/guest-placement.ts';
import { findingsOf, given, pathFacts, verdict, type Facts } from '../fake-context.ts';

const MiB = 1024 ** 2;

describe('the files that the guest starts with', () => {
  const loader = { what: 'the firmware', path: '/fw.fd', sizeMatters: true };
  const kernel = { what: 'the kernel', path: '/vmlinuz', sizeMatters: false };
  const size = (sizeBytes: number) => ({ path: given(pathFacts('ext4', { sizeBytes })) });
  it.each<[string, Facts, string[]]>([
    ['are none', {}, ['ok']],
    ['are there', { guest: { startFiles: [loader, kernel] } }, ['ok', 'ok']],
    [
      'are missing',
      { guest: { startFiles: [loader, kernel] }, destination: { path: given(undefined) } },
      ['error', 'error'],
    ],
    [
      'are another firmware',
      { guest: { startFiles: [loader] }, source: size(1), destination: size(2) },
      ['error'],
    ],
    [
      'are another kernel, which travels in the guest',
      { guest: { startFiles: [kernel] }, source: size(1), destination: size(2) },
      ['ok'],
    ],
  ])('%s', async (_words, facts, levels) => {
    const findings = await findingsOf(destinationFirmwareCheck, facts);
    expect(findings.map(({ level }) => level)).toEqual(levels);
  });
});

describe("the guest's TPM", () => {
  const offers = (inner: string) => ({
    domainCapabilities: given(`<domainCapabilities><devices>${inner}</devices></domainCapabilities>`),
  });
  const tpm = (...models: string[]) =>
    offers(
      `<tpm supported='yes'><enum name='model'><value>tpm-tis</value></enum><enum name='backendModel'>${models
        .map((model) => `<value>${model}</value>`)
        .join('')}</enum></tpm>`,
    );
  it.each<[string, Facts, string]>([
    ['is none', { destination: offers('') }, 'ok'],
    ['is that of the source', { guest: { tpm: 'passthrough' }, destination: tpm('passthrough') }, 'warning'],
    ['can be emulated', { guest: { tpm: 'emulator' }, destination: tpm('passthrough', 'emulator') }, 'ok'],
    ['cannot be emulated', { guest: { tpm: 'emulator' }, destination: tpm('passthrough') }, 'error'],
    ['cannot be at all', { guest: { tpm: 'other' }, destination: offers("<tpm supported='no'/>") }, 'error'],
    ['is a program of somebody’s', { guest: { tpm: 'other' }, destination: tpm('external') }, 'ok'],
  ])('%s', async (_words, facts, level) => {
    expect(await verdict(destinationTpmCheck, facts)).toEqual([`${level} destination.tpm`]);
  });
});

describe('what the guest is tied to', () => {
  const placed = (placement: Partial<GuestPlacement>): NonNullable<Facts['guest']> => ({
    placement: { hugePages: undefined, pins: [], nodes: undefined, ...placement },
  });
  const pages = (count: number) => ({ freeHugePages: given({ count, bytes: 2 * MiB }) });
  const huge = placed({ hugePages: { bytes: 2 * MiB } });
  const pinned = (...cpus: number[]) => placed({ pins: [{ what: 'vCPU 0', cpus }] });
  it.each<[string, Facts, string]>([
    ['nothing', {}, 'ok'],
    ['huge pages, and there are enough', { guest: huge, destination: pages(512) }, 'ok'],
    ['huge pages, and there is one too few', { guest: huge, destination: pages(511) }, 'error'],
    ['huge pages, and there are none', { guest: huge }, 'error'],
    [
      'huge pages of the default size, and there are none',
      { guest: placed({ hugePages: { bytes: undefined } }) },
      'error',
    ],
    ['CPUs that are there', { guest: pinned(0, 3) }, 'ok'],
    ['CPUs of which one is there', { guest: pinned(3, 4) }, 'warning'],
    ['CPUs that are not there', { guest: pinned(4, 5) }, 'error'],
    ['a node that is there', { guest: placed({ nodes: { numbers: [0], strict: true } }) }, 'ok'],
    ['a node that is not there', { guest: placed({ nodes: { numbers: [0, 1], strict: true } }) }, 'error'],
    ['a node that it would like', { guest: placed({ nodes: { numbers: [1], strict: false } }) }, 'warning'],
    [
      'CPUs of a host that does not tell its own',
      {
        guest: pinned(0),
        destination: {
          capabilities: given({
            hostUuid: 'u',
            arch: undefined,
            hostCpuXml: undefined,
            cells: [],
            qemuOwners: new Map(),
          }),
        },
      },
      'unknown',
    ],
  ])('%s', async (_words, facts, level) => {
    expect(await verdict(destinationPlacementCheck, facts)).toEqual([`${level} destination.placement`]);
  });
});
