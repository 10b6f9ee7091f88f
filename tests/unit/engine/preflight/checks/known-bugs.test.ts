import { describe, expect, it } from 'vitest';
import { defaultPlanOptions, type PlanOptions } from '../../../../../electron/engine/plan.ts';
import { knownBugsCheck } from '../../../../../electron/engine/preflight/checks/known-bugs.ts';
import { parseGuestXml } from '../../../../../electron/engine/preflight/facts/guest-xml.ts';
import type { GuestFacts } from '../../../../../electron/engine/preflight/facts/guest.ts';
import { knownBugs } from '../../../../../electron/engine/preflight/known-bugs/all-known-bugs.ts';
import { daemonFacts, diskFacts, findingsOf, given } from '../fake-context.ts';

interface Pair {
  from: string;
  to?: string;
  /** QEMU on both. */
  qemu?: string;
}

async function bugsOf(
  { from, to = from, qemu = '10.0.0' }: Pair,
  guest: Partial<GuestFacts> = {},
  options: Partial<PlanOptions> = {},
): Promise<string[]> {
  const host = (libvirt: string) => ({ daemon: given(daemonFacts('x', { libvirt, qemu })) });
  const findings = await findingsOf(knownBugsCheck, {
    source: host(from),
    destination: host(to),
    guest,
    context: { options: { ...defaultPlanOptions, ...options } },
  });
  return findings.filter(({ level }) => level === 'warning').map(({ evidence = '' }) => evidence);
}

const features = (required: string[], disabled: string[] = []) => ({ cpuFeatures: { required, disabled } });
const vmx = features(['vmx']);
const copy = { disks: 'copy' as const };

describe('known bugs', () => {
  it.each<[RegExp, Pair, Partial<GuestFacts>, Partial<PlanOptions>]>([
    [/NEWS 11\.10\.0/, { from: '12.0.0', to: '9.0.0' }, { cpuThreads: 2 }, {}],
    [/NEWS 10\.2\.0/, { from: '9.9.0', to: '9.10.0' }, vmx, {}],
    [/NEWS 10\.2\.0/, { from: '10.1.0', to: '9.9.0' }, vmx, {}],
    [/NEWS 10\.2\.0/, { from: '10.2.0', to: '10.1.0' }, vmx, {}],
    [/NEWS 10\.5\.0/, { from: '9.0.0' }, features([], ['vmx-ept']), {}],
    [/NEWS 10\.3\.0, "Fix TLS/, { from: '10.2.0' }, {}, { ...copy, postCopy: true }],
    [/NEWS 10\.3\.0 and 8\.2\.0/, { from: '8.1.0' }, {}, { ...copy, parallel: 2 }],
    [/NEWS 8\.8\.0/, { from: '8.6.0', to: '8.7.0' }, {}, copy],
    [/NEWS 7\.6\.0/, { from: '7.5.0' }, {}, { disks: 'incremental' }],
    [/NEWS 11\.4\.0/, { from: '11.3.0' }, {}, { postCopy: true }],
    [/NEWS 10\.4\.0/, { from: '10.3.0' }, { disks: [diskFacts()] }, {}],
    [
      /NEWS 6\.7\.0/,
      { from: '6.6.0' },
      { interfaces: [{ kind: 'direct', source: 'eth0', mac: undefined, backend: undefined }] },
      {},
    ],
    [/NEWS 8\.9\.0/, { from: '8.8.0' }, {}, {}],
    [/NEWS 6\.10\.0/, { from: '6.9.0' }, {}, { mode: 'tunnelled', dconnuri: 'qemu+ssh://b/system' }],
    [/ram_addr\.h/, { from: '9.0.0', qemu: '8.2.0' }, { virtType: 'qemu' }, {}],
  ])('%s: %j', async (source, pair, guest, options) => {
    expect(await bugsOf(pair, guest, options)).toEqual([expect.stringMatching(source)]);
  });

  it.each<[string, Pair, Partial<GuestFacts>, Partial<PlanOptions>]>([
    ['the pair of the lab with what is chosen by default', { from: '9.0.0' }, { virtType: 'qemu' }, {}],
    ['threads on an older QEMU', { from: '9.0.0', qemu: '9.2.0' }, { cpuThreads: 2 }, {}],
    ['threads on a libvirt that reads them', { from: '9.0.0', to: '11.10.0' }, { cpuThreads: 2 }, {}],
    ['vmx from a version with the bug to one without', { from: '10.1.0', to: '10.2.0' }, vmx, {}],
    ['vmx between two with the bug', { from: '10.0.0', to: '10.1.0' }, vmx, {}],
    [
      'post-copy and disks with a name that is given',
      { from: '10.2.0' },
      {},
      { ...copy, postCopy: true, tlsDestination: 'b' },
    ],
    [
      'parallel connections and disks where a name can be told',
      { from: '9.0.0' },
      {},
      { ...copy, parallel: 2 },
    ],
    ['disks in 8.7.0 that stay', { from: '8.7.0' }, {}, {}],
    ['root_squash where disks are copied', { from: '10.3.0' }, { disks: [diskFacts()] }, copy],
    [
      'an emulated guest that stands still',
      { from: '9.0.0', qemu: '8.2.0' },
      { virtType: 'qemu', state: 'paused' },
      {},
    ],
    ['a guest under KVM', { from: '9.0.0', qemu: '8.2.0' }, { virtType: 'kvm' }, {}],
  ])('none: %s', async (_words, pair, guest, options) => {
    expect(await bugsOf(pair, guest, options)).toEqual([]);
  });

  it('each have a source and a remedy', () => {
    for (const { what, remedy, source } of knownBugs) {
      expect(what).toMatch(/[^.]\.$/);
      expect(remedy).not.toBe('');
      expect(source).toMatch(/NEWS|QEMU/);
    }
  });

  it('that hang on the CPU are found in the definition', () => {
    const cpu = `<cpu mode='custom'><topology sockets='1' cores='2' threads='2'/><feature name='vmx'/>
      <feature policy='disable' name='vmx-ept'/></cpu>`;
    const xml = `<domain type='kvm'><name>a</name><uuid>u</uuid>${cpu}</domain>`;
    expect(parseGuestXml(xml)).toMatchObject({ cpuThreads: 2, ...features(['vmx'], ['vmx-ept']) });
  });
});
