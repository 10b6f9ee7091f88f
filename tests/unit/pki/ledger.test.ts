import fc from 'fast-check';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyLedger, Ledger } from '../../../electron/pki/ledger.ts';
import type { IssuedEntry, LedgerEntry } from '../../../electron/pki/ledger-entries.ts';
import { issuedCertificates, openRequests, revocations } from '../../../electron/pki/ledger-view.ts';
import { temporaryFolder } from './tools.ts';

const path = join(temporaryFolder(), 'ledger.ndjson');
const at = new Date('2026-06-01T12:00:00Z');
let ledger: Ledger;

beforeEach(() => {
  writeFileSync(path, emptyLedger);
  ledger = new Ledger(path);
});

function issued(serial: string, wish: Partial<IssuedEntry> = {}): IssuedEntry {
  return {
    ...{ type: 'issued', at, serial, host: 'beta.lab', usedBy: 'qemu', purposes: ['server'] },
    ...{ dnsNames: ['beta.lab'], ipAddresses: [], keyFingerprint: 'ab'.repeat(32) },
    ...{
      notBefore: at,
      notAfter: new Date('2028-06-01T12:00:00Z'),
      fingerprint: Array(32).fill('AB').join(':'),
    },
    ...wish,
  };
}

const revoked = (serial: string): LedgerEntry => ({ type: 'revoked', at, serial, reason: 'keyCompromise' });

describe('a ledger', () => {
  it('gives back what was appended, in order', async () => {
    await ledger.append(issued('0a'));
    await ledger.append(issued('0b', { renews: '0a' }), revoked('0a'), { type: 'revocation-list', at });
    expect(await ledger.read()).toEqual([
      issued('0a'),
      issued('0b', { renews: '0a' }),
      revoked('0a'),
      { type: 'revocation-list', at },
    ]);
  });

  it('keeps all that several writers append at the same time', async () => {
    const serials = Array.from({ length: 30 }, (_, index) => (index + 16).toString(16));
    await Promise.all(serials.map((serial) => new Ledger(path).append(issued(serial))));
    expect((await ledger.read()).map((entry) => entry.type === 'issued' && entry.serial).sort()).toEqual(
      serials.sort(),
    );
  });

  it('cut off anywhere is told of, or is a ledger that ends earlier', async () => {
    await ledger.append(issued('0a'), revoked('0a'), issued('0b'));
    const whole = readFileSync(path);
    const entries = await ledger.read();
    const ends = [...whole.toString('latin1').matchAll(/\n/g)].map(({ index }) => index + 1);
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(path, whole.subarray(0, length));
      if (ends.includes(length)) expect(await ledger.read()).toEqual(entries.slice(0, ends.indexOf(length)));
      else await expect(ledger.read(), String(length)).rejects.toMatchObject({ code: 'ledger-truncated' });
    }
  });

  it('is not appended to when its end is cut off', async () => {
    appendFileSync(path, '{"type":"iss');
    await expect(ledger.append(issued('0a'))).rejects.toMatchObject({ code: 'ledger-truncated' });
    expect(readFileSync(path, 'utf8')).toBe(`${emptyLedger}{"type":"iss`);
  });

  it.each([
    ['not JSON', 'hello'],
    ['an empty line', ''],
    ['a kind that is not known', JSON.stringify({ type: 'forgotten', at })],
    ['a serial number that is none', JSON.stringify(issued('xyz'))],
    ['a field too many', JSON.stringify({ ...issued('0a'), note: 'x' })],
    ['a field too few', JSON.stringify({ ...issued('0a'), notAfter: undefined })],
    ['a serial number for the second time', JSON.stringify(issued('01'))],
    ['a revocation of what was never issued', JSON.stringify(revoked('02'))],
  ])('with %s is told of, by its line', async (_what, line) => {
    appendFileSync(path, `${JSON.stringify(issued('01'))}\n${line}\n`);
    const error = await ledger.read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ledger-damaged' });
    expect(String(error)).toContain('Line 3 of the ledger');
  });

  it('of a newer version, without a header or not there at all is told of', async () => {
    const codeOf = async (content: string) => {
      writeFileSync(path, content);
      return ((await ledger.read().catch((thrown: unknown) => thrown)) as { code: string }).code;
    };
    expect(await codeOf('{"format":"viaduct-pki-ledger","version":2,"more":1}\n{"type":"new"}\n')).toBe(
      'ledger-newer',
    );
    expect(await codeOf(`${JSON.stringify(issued('0a'))}\n`)).toBe('ledger-damaged');
    rmSync(path);
    await expect(ledger.read()).rejects.toMatchObject({ code: 'ledger-unreadable' });
    await expect(ledger.append(issued('0a'))).rejects.toMatchObject({ code: 'ledger-unreadable' });
  });
});

describe('what a ledger tells', () => {
  const now = new Date('2027-01-01T00:00:00Z');
  const past = new Date('2026-12-31T00:00:00Z');

  it('is the state of each certificate', () => {
    const entries = [
      issued('0a'),
      issued('0b', { renews: '0a' }),
      issued('0c', { notAfter: past }),
      issued('0d', { notAfter: past }),
      revoked('0d'),
      issued('0e', { renews: '0c' }),
    ];
    expect(issuedCertificates(entries, now).map(({ serial, state }) => `${serial} ${state}`)).toEqual([
      ...['0a replaced', '0b valid', '0c expired', '0d revoked', '0e valid'],
    ]);
  });

  it('is which requests are open', () => {
    const { host, usedBy, purposes, dnsNames, ipAddresses } = issued('0a');
    const request = (digit: string): LedgerEntry => ({
      ...{ type: 'requested', at, host, usedBy, purposes, dnsNames, ipAddresses },
      keyFingerprint: digit.repeat(64),
    });
    const entries = [request('1'), request('2'), issued('0a', { keyFingerprint: '1'.repeat(64) })];
    expect(openRequests(entries)).toEqual([request('2')]);
  });

  it('never forgets a revocation, whatever the history', async () => {
    const step = fc.record({ act: fc.constantFrom('issue', 'renew', 'revoke'), which: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        writeFileSync(path, emptyLedger);
        const serials: string[] = [];
        const gone = new Set<string>();
        for (const { act, which } of steps) {
          const picked = serials[which % Math.max(1, serials.length)];
          if (act === 'revoke') {
            if (picked === undefined) continue;
            gone.add(picked);
            await ledger.append(revoked(picked));
          } else {
            const serial = `01${String(serials.length).padStart(4, '0')}`;
            serials.push(serial);
            const renews = act === 'renew' && picked !== undefined ? { renews: picked } : {};
            await ledger.append(issued(serial, renews));
          }
        }
        const entries = await ledger.read();
        expect(new Set(revocations(entries).map(({ serial }) => serial))).toEqual(gone);
        expect(issuedCertificates(entries, now).map(({ serial }) => serial)).toEqual(serials);
        for (const { serial, state } of issuedCertificates(entries, now)) {
          expect(state === 'revoked').toBe(gone.has(serial));
        }
      }),
      { numRuns: 25 },
    );
  });
});
