import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumberSet } from '../../../../../electron/engine/preflight/facts/cpu-set.ts';
import { parseGuestXml } from '../../../../../electron/engine/preflight/facts/guest-xml.ts';
import { loadFreeHugePages } from '../../../../../electron/engine/preflight/facts/huge-pages.ts';
import type { HostShell } from '../../../../../electron/hosts/host-access.ts';

const parsed = (inner: string) =>
  parseGuestXml(`<domain type='kvm'><name>a</name><uuid>u</uuid>${inner}</domain>`);

describe('a set of numbers', () => {
  it.each<[string, number[] | undefined]>([
    ['0', [0]],
    ['0-3,^2,8', [0, 1, 3, 8]],
    ['5,1', [1, 5]],
    [' 1 , 2', [1, 2]],
    ['3-1', undefined],
    ['', undefined],
    ['a', undefined],
    ['^1-2', undefined],
    ['0-99999', undefined],
    ['-1', undefined],
  ])('%j', (text, expected) => {
    expect(parseNumberSet(text)).toEqual(expected);
  });

  it('gives back every set that is written out', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(16_383), { minLength: 1, maxLength: 50 }), (numbers) => {
        expect(parseNumberSet(numbers.join(','))).toEqual(numbers.toSorted((one, other) => one - other));
      }),
    );
  });

  it('takes any text, and never gives numbers that no host has', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9,^ -]{0,20}$/), (text) => {
        expect((parseNumberSet(text) ?? []).every((number) => number <= 16_383)).toBe(true);
      }),
    );
  });
});

describe('what a definition is tied to', () => {
  it.each<[string, object]>([
    ['', { hugePages: undefined, pins: [], nodes: undefined }],
    ['<memoryBacking><hugepages/></memoryBacking>', { hugePages: { bytes: undefined } }],
    [
      "<memoryBacking><hugepages><page size='1' unit='G' nodeset='0'/></hugepages></memoryBacking>",
      { hugePages: { bytes: 1024 ** 3 } },
    ],
    [
      "<memoryBacking><hugepages><page size='2048'/></hugepages></memoryBacking>",
      { hugePages: { bytes: 2_097_152 } },
    ],
    [
      "<cputune><vcpupin vcpu='1' cpuset='2-3'/><emulatorpin cpuset='0'/><iothreadpin iothread='1' cpuset='1'/></cputune>",
      {
        pins: [
          { what: 'vCPU 1', cpus: [2, 3] },
          { what: 'an I/O thread', cpus: [1] },
          { what: 'QEMU itself', cpus: [0] },
        ],
      },
    ],
    ["<cputune><vcpupin vcpu='1' cpuset='all'/></cputune>", { pins: [] }],
    ["<numatune><memory nodeset='0-1'/></numatune>", { nodes: { numbers: [0, 1], strict: true } }],
    [
      "<numatune><memory mode='preferred' nodeset='1'/></numatune>",
      { nodes: { numbers: [1], strict: false } },
    ],
    ["<numatune><memory mode='strict' placement='auto'/></numatune>", { nodes: undefined }],
  ])('%s', (xml, expected) => {
    expect(parsed(xml).placement).toMatchObject(expected);
  });

  it('names the files that it is started with, and where its TPM is', () => {
    const os = `<os><loader readonly='yes' type='pflash'>/fw.fd</loader><nvram template='/vars.fd'>/n.fd</nvram>
      <kernel>/k</kernel><initrd>relative</initrd></os>`;
    const tpm = "<devices><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices>";
    expect(parsed(os + tpm)).toMatchObject({
      startFiles: [
        { path: '/fw.fd', sizeMatters: true },
        { path: '/vars.fd', sizeMatters: false },
        { path: '/k', sizeMatters: false },
      ],
      tpm: 'emulator',
    });
    expect(parsed('')).toMatchObject({ startFiles: [], tpm: undefined });
  });
});

describe('free huge pages', () => {
  const shell = (code: number, output: string): HostShell => ({
    exec: () => Promise.resolve({ code, stdout: new TextEncoder().encode(output), stderr: '' }),
  });
  const ask = (size: string, code: number, output: string) =>
    loadFreeHugePages(shell(code, output), 'beta', size, { signal: new AbortController().signal });
  const meminfo = (total: number, free: number, reserved: number) =>
    `MemTotal: 1 kB\nHugePages_Total:   ${total}\nHugePages_Free:    ${free}\nHugePages_Rsvd: ${reserved}\nHugepagesize:       2048 kB\n`;

  it.each<[string, number, string, object | undefined]>([
    ['default', 0, meminfo(10, 8, 3), { count: 5, bytes: 2_097_152 }],
    ['default', 0, meminfo(0, 0, 0), undefined],
    ['default', 0, 'MemTotal: 1 kB\n', undefined],
    ['1073741824', 0, '4\n3\n1\n', { count: 2, bytes: 1_073_741_824 }],
    ['1073741824', 0, '4\n1\n3\n', { count: 0, bytes: 1_073_741_824 }],
    ['1073741824', 0, '0\n0\n0\n', undefined],
    ['1073741824', 1, '', undefined],
    ['1073741824', 0, 'x', undefined],
  ])('of size %s', async (size, code, output, expected) => {
    expect(await ask(size, code, output)).toEqual(expected);
  });
});
