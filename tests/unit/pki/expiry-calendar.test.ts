import { describe, expect, it } from 'vitest';
import { expiryCalendar, issuedSightings, type Sighting } from '../../../electron/pki/expiry-calendar.ts';
import { daysUntil, expiryStage } from '../../../electron/pki/expiry-stage.ts';
import { renewCertificate } from '../../../electron/pki/issue.ts';
import { makeKeyPair } from '../../../electron/pki/key-kinds.ts';
import { revokeCertificates } from '../../../electron/pki/revoke.ts';
import { issueNew, makeStand } from './authorities.ts';
import { temporaryFolder } from './tools.ts';

const folder = temporaryFolder();

const now = new Date('2026-06-01T12:00:00Z');
const hourMs = 3_600_000;
const after = (hours: number) => new Date(now.getTime() + hours * hourMs);

describe('how near the end is', () => {
  it.each([
    [-0.01, 'expired'],
    [0, 'day'],
    [24, 'day'],
    [24.01, 'week'],
    [7 * 24, 'week'],
    [7 * 24 + 0.01, 'month'],
    [30 * 24, 'month'],
    [30 * 24 + 0.01, 'fine'],
  ])('%d hours before it: %s', (hours, stage) => {
    expect(expiryStage({ notBefore: after(-1000), notAfter: after(hours) }, now)).toBe(stage);
  });

  it('is of no matter before the beginning', () => {
    expect(expiryStage({ notBefore: after(1), notAfter: after(2) }, now)).toBe('not-yet-valid');
  });

  it('is counted in whole days', () => {
    expect([25, 24, 23, -1].map((hours) => daysUntil(after(hours), now))).toEqual([1, 1, 0, -1]);
  });
});

describe('the calendar', () => {
  const sighting = (
    seen: Sighting['seen'],
    fingerprint: string,
    hours: number,
    place = 'qemu server',
  ): Sighting => ({
    ...{ seen, fingerprint, place, kind: 'certificate', owner: 'beta.lab' },
    ...{ notBefore: after(-1000), notAfter: after(hours) },
  });
  const staleOf = (...sightings: Sighting[]) =>
    expiryCalendar(sightings, now)
      .filter(({ isStale }) => isStale)
      .map(({ seen, place }) => `${seen} ${place}`);

  it('has the first to end first', () => {
    const entries = expiryCalendar([sighting('issued', 'B', 900), sighting('served', 'A', 20)], now);
    expect(entries.map(({ fingerprint, daysLeft, stage }) => [fingerprint, daysLeft, stage])).toEqual([
      ['A', 0, 'day'],
      ['B', 37, 'fine'],
    ]);
  });

  it('tells what was issued from what is deployed and what is served', () => {
    expect(
      staleOf(sighting('issued', 'B', 9), sighting('deployed', 'B', 9), sighting('served', 'B', 9)),
    ).toEqual([]);
    expect(
      staleOf(sighting('issued', 'B', 9), sighting('deployed', 'A', 8), sighting('served', 'A', 7)),
    ).toEqual(['deployed qemu server']);
    expect(
      staleOf(sighting('issued', 'B', 9), sighting('deployed', 'B', 8), sighting('served', 'A', 7)),
    ).toEqual(['served qemu server']);
    expect(staleOf(sighting('issued', 'B', 9), sighting('served', 'A', 7))).toEqual(['served qemu server']);
    expect(staleOf(sighting('issued', 'B', 9), sighting('served', 'A', 7, 'libvirt server'))).toEqual([]);
    expect(staleOf(sighting('served', 'A', 7))).toEqual([]);
  });

  it('takes from a ledger what is in use', async () => {
    const { authority, unlocked } = await makeStand(folder);
    const first = await issueNew(unlocked, { purposes: ['server', 'client'] });
    const second = await renewCertificate(
      unlocked,
      first.entry.serial,
      (await makeKeyPair('p256')).publicKey,
    );
    const gone = await issueNew(unlocked, { usedBy: 'libvirt' });
    await revokeCertificates(unlocked, [gone.entry.serial], 'superseded');
    const sightings = issuedSightings(authority, await authority.ledger.read(), new Date());
    expect(sightings.map(({ owner, place, fingerprint }) => [owner, place, fingerprint])).toEqual([
      ['Lab CA', 'authority', authority.certificate.fingerprint],
      ['beta.lab', 'qemu server', second.entry.fingerprint],
      ['beta.lab', 'qemu client', second.entry.fingerprint],
    ]);
  });
});
