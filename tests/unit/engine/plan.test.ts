import { describe, expect, test } from 'vitest';
import { blocks } from '../../../electron/engine/finding.ts';
import { makePlan } from '../../../electron/engine/make-plan.ts';
import { defaultPlanOptions } from '../../../electron/engine/plan.ts';
import type { PlanOptions } from '../../../electron/engine/plan.ts';
import { judgePlan } from '../../../electron/engine/policy.ts';
import { describeControl } from '../../../electron/engine/preflight/preflight-facts.ts';
import type { PreflightFacts } from '../../../electron/engine/preflight/preflight-facts.ts';

const sourceUri = 'qemu+ssh://root@alpha.lab/system';
const destinationUri = 'qemu+ssh://root@beta.lab/system';

const facts: PreflightFacts = {
  guest: {
    name: 'db01',
    uuid: 'c0ffee00-0000-4000-8000-000000000002',
    memoryBytes: 2 ** 30,
    state: 'running',
    persistent: true,
    disks: ['vda', 'vdb', 'sda'],
    copyableDisks: ['vda', 'vdb'],
  },
  destinationHostName: 'beta',
  dataAddress: {
    migrateUri: 'tcp://beta.lab',
    host: 'beta.lab',
    port: undefined,
    because: 'the name of the connect URI',
    tlsName: 'beta.lab',
  },
  tls: { destinationVerifiesClient: true, evidence: 'migrate_tls_x509_verify in qemu.conf' },
  control: { source: describeControl(sourceUri), destination: describeControl(destinationUri) },
};

function plan(options: Partial<PlanOptions> = {}, given: Partial<PreflightFacts> = {}) {
  return makePlan({
    source: { name: 'alpha.lab', connectUri: sourceUri },
    destination: { name: 'beta.lab', connectUri: destinationUri },
    options: { ...defaultPlanOptions, ...options },
    facts: { ...facts, ...given },
  });
}

const judge = (options: Partial<PlanOptions> = {}, given: Partial<PreflightFacts> = {}) =>
  judgePlan(plan(options, given), given.tls ?? facts.tls);

describe('the streams of a plan', () => {
  test('are both controls and the memory, encrypted and verified by default', () => {
    const { streams } = plan();
    expect(streams.map(({ name }) => name)).toEqual([
      'control to source',
      'control to destination',
      'memory and device state',
    ]);
    expect(streams.every(({ encrypted, authenticated }) => encrypted && authenticated)).toBe(true);
    expect(streams[2]?.path).toBe('alpha.lab to tcp://beta.lab, a port of the destination’s range');
  });

  test('have one for each disk that is copied along, and only for those', () => {
    const { streams, guest } = plan({ disks: 'copy' });
    expect(streams.slice(3).map(({ name }) => name)).toEqual(['disk vda', 'disk vdb']);
    expect(guest.disks).toEqual(['vda', 'vdb']);
    expect(plan().guest.disks).toEqual([]);
  });

  test('are in the clear, memory and disks alike, in mode plain', () => {
    const clear = plan({ mode: 'plain', disks: 'copy' }).streams.filter(({ encrypted }) => !encrypted);
    expect(clear.map(({ name }) => name)).toEqual(['memory and device state', 'disk vda', 'disk vdb']);
  });

  test.each([
    [true, /the destination verifies the source/],
    [false, /does not verify the source/],
    ['unknown', /is not known/],
  ] as const)('say who verifies whom: destination verifies %s', (destinationVerifiesClient, words) => {
    const { streams } = plan({}, { tls: { destinationVerifiesClient, evidence: 'qemu.conf' } });
    expect(streams[2]?.by).toMatch(/source verifies that the destination is beta\.lab/);
    expect(streams[2]?.by).toMatch(words);
  });
});

describe('the changes of a plan', () => {
  const texts = (options: Partial<PlanOptions>, persistent = true) =>
    plan(options, { guest: { ...facts.guest, persistent } }).changes.map(
      ({ side, text }) => `${side}: ${text}`,
    );

  test('say what becomes of the definition on both hosts', () => {
    expect(texts({})).toContain('source: The definition of db01 is removed.');
    expect(texts({ keepSourceDefinition: true })).toContain(
      'source: The definition of db01 stays, shut off.',
    );
    expect(texts({}).join()).toMatch(/destination: db01 is defined here/);
    expect(texts({}, false).join()).not.toMatch(/defin/);
    expect(texts({ persist: true }, false).join()).toMatch(/destination: db01 is defined here/);
  });

  test('warn of each disk that is written', () => {
    expect(texts({ disks: 'copy' }).join()).toMatch(/vda is written here.*vdb is written here/);
  });
});

describe('the policy', () => {
  const find = (id: string, findings: ReturnType<typeof judge>) =>
    findings.find((finding) => finding.id === id);

  test('lets an encrypted plan pass', () => {
    expect(judge().some(blocks)).toBe(false);
    expect(find('policy.plaintext', judge())).toMatchObject({ level: 'ok' });
  });

  test('refuses a stream in the clear and names it', () => {
    const finding = find('policy.plaintext', judge({ mode: 'plain' }));
    expect(finding).toMatchObject({ level: 'error' });
    expect(finding?.summary).toMatch(/memory and device state/);
  });

  test('lets it pass with consent, and says so', () => {
    const findings = judge({ mode: 'plain', allowPlaintext: true });
    expect(findings.some(blocks)).toBe(false);
    expect(find('policy.plaintext', findings)).toMatchObject({ level: 'warning' });
  });

  test('refuses a control connection in the clear as well', () => {
    const control = { ...facts.control, destination: describeControl('qemu+tcp://beta.lab/system') };
    const finding = find('policy.plaintext', judge({}, { control }));
    expect(finding).toMatchObject({ level: 'error' });
    expect(finding?.summary).toMatch(/control to destination/);
  });

  test('warns of a host that is not verified', () => {
    const control = { ...facts.control, source: describeControl('qemu+tls://alpha.lab/system?no_verify=1') };
    expect(find('policy.unverified', judge({}, { control }))).toMatchObject({ level: 'warning' });
  });

  test('warns of a destination that does not verify the source', () => {
    const tls = { destinationVerifiesClient: false, evidence: 'qemu.conf' } as const;
    expect(find('policy.client-verification', judge({}, { tls }))).toMatchObject({ level: 'warning' });
  });

  test('gives every warning and error a remedy', () => {
    const tls = { destinationVerifiesClient: 'unknown', evidence: 'no shell' } as const;
    for (const finding of [...judge({ mode: 'plain' }), ...judge({}, { tls })]) {
      if (finding.level !== 'ok') expect(finding.remedy).toBeTruthy();
    }
  });
});
