import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type HostName } from './lab.ts';
import type { CertificateOptions } from './pki.ts';
import { expectRunsOn, guestLine } from './support/guest-proof.ts';
import { hostFingerprint } from './support/host-fingerprint.ts';
import { viaduct, type JsonLine } from './support/viaduct.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
afterEach(async () => {
  await lab.restoreHostCertificates('alpha');
  await lab.restoreHostCertificates('beta');
});

const dayMs = 86_400_000;
const cases: [string, HostName, CertificateOptions, string][] = [
  [
    'names of another host',
    'beta',
    { names: ['gamma.lab'], addresses: ['203.0.113.9'] },
    'tls.destination.name',
  ],
  [
    'expired certificates',
    'beta',
    { notBefore: new Date(Date.now() - 9 * dayMs), notAfter: new Date(Date.now() - dayMs) },
    'tls.destination.dates',
  ],
  ['certificates of another CA', 'beta', { ca: 'other', trust: 'other' }, 'tls.destination.trust'],
  [
    'expired certificates on the source',
    'alpha',
    { notBefore: new Date(Date.now() - 9 * dayMs), notAfter: new Date(Date.now() - dayMs) },
    'tls.source.dates',
  ],
];

describe('faulty certificates are found before anything is touched', () => {
  it.each(cases)('%s on %s: refused', async (_what, host, options, id) => {
    const before = await guestLine(lab, 'web01', 'alpha');
    await lab.issueHostCertificates(host, { purposes: ['qemu'], ...options });
    const hostsBefore = await Promise.all([hostFingerprint(lab, 'alpha'), hostFingerprint(lab, 'beta')]);
    const run = await viaduct([
      ...['migrate', 'web01', '--json'],
      ...['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')],
    ]);
    const errors = run.lines.filter(({ type, level }) => type === 'check' && level === 'error');
    expect(errors.map((line: JsonLine) => line['id'])).toContain(id);
    for (const error of errors) expect(error['remedy'], String(error['id'])).toEqual(expect.any(String));
    expect(run.result).toMatchObject({ outcome: 'refused', runningOn: 'source' });
    expect(run.code).toBe(3);
    expect(
      run.lines.some(({ type }) => type === 'phase'),
      'a phase was begun',
    ).toBe(false);
    expect(await Promise.all([hostFingerprint(lab, 'alpha'), hostFingerprint(lab, 'beta')])).toEqual(
      hostsBefore,
    );
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });

  it('none is found on the lab as it is', async () => {
    const run = await viaduct([
      ...['preflight', 'web01', '--json'],
      ...['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')],
    ]);
    const notOk = run.lines.filter(
      ({ level }) => level === 'warning' || level === 'error' || level === 'unknown',
    );
    expect(notOk).toEqual([]);
    expect(run.code).toBe(0);
  });
});
