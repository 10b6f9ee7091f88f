import { describe, expect, it } from 'vitest';
import { parseCapabilities, parseDacLabel } from '../../../../electron/setup/facts/capabilities.ts';

describe('the capabilities of a host', () => {
  it('tell its UUID, its CPU and the account of QEMU', () => {
    const facts = parseCapabilities(`<capabilities><host>
      <uuid>be5d334b-c032-bc4a-2975-78945090e8b9</uuid>
      <cpu><arch>x86_64</arch><model>EPYC</model></cpu>
      <secmodel><model>apparmor</model><doi>0</doi></secmodel>
      <secmodel><model>dac</model><doi>0</doi>
        <baselabel type='kvm'>+64055:+64055</baselabel><baselabel type='qemu'>+64055:+108</baselabel></secmodel>
    </host></capabilities>`);
    expect(facts).toMatchObject({ hostUuid: 'be5d334b-c032-bc4a-2975-78945090e8b9', arch: 'x86_64' });
    expect(facts.hostCpuXml).toContain('<model>EPYC</model>');
    expect(facts.qemuOwners.get('qemu')).toEqual({ uid: 64_055, gid: 108 });
  });

  it('tell its NUMA nodes and their CPUs', () => {
    const cell = (id: number, ...cpus: number[]): string =>
      `<cell id='${id}'><cpus num='${cpus.length}'>${cpus.map((cpu) => `<cpu id='${cpu}'/>`).join('')}</cpus></cell>`;
    const cells = `<topology><cells num='2'>${cell(0, 0, 2)}${cell(1, 1, 3)}</cells></topology>`;
    expect(parseCapabilities(`<capabilities><host>${cells}</host></capabilities>`).cells).toEqual([
      { id: 0, cpus: [0, 2] },
      { id: 1, cpus: [1, 3] },
    ]);
    expect(parseCapabilities('<capabilities><host/></capabilities>').cells).toEqual([]);
  });

  it('may lack a security model', () => {
    expect(
      parseCapabilities('<capabilities><host><uuid>u</uuid></host></capabilities>').qemuOwners.size,
    ).toBe(0);
  });
});

describe('a label of the owner', () => {
  it.each([
    ['+64055:+64055', { uid: 64_055, gid: 64_055 }],
    ['107:107', { uid: 107, gid: 107 }],
    ['qemu:qemu', undefined],
    ['', undefined],
  ])('%j', (label, owner) => {
    expect(parseDacLabel(label)).toEqual(owner);
  });
});
