import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authorityFiles } from '../../../electron/pki/authority.ts';
import { keyKinds } from '../../../electron/pki/key-kinds.ts';
import { readRevocationList } from '../../../electron/pki/revocation-list.ts';
import {
  publishRevocationList,
  revokeCertificates,
  unlistedRevocations,
} from '../../../electron/pki/revoke.ts';
import { issueNew, makeStand } from './authorities.ts';
import { mustRun, temporaryFolder } from './tools.ts';

const folder = temporaryFolder();

describe('a revocation list', () => {
  it.each(keyKinds)('of a %s authority is verified by openssl and certtool', async (kind) => {
    const { authority, unlocked } = await makeStand(folder, { key: kind });
    const ca = join(authority.folder, authorityFiles.certificate);
    const { entry } = await issueNew(unlocked);
    for (const list of [
      await publishRevocationList(unlocked),
      await revokeCertificates(unlocked, [entry.serial], 'unspecified'),
    ]) {
      expect(list).toMatch(/^-----BEGIN X509 CRL-----\n/);
      expect(mustRun('openssl', ['crl', '-noout', '-verify', '-CAfile', ca], list)).toContain('verify OK');
      expect(mustRun('certtool', ['--verify-crl', '--load-ca-certificate', ca], list)).toContain(
        'Verification output: Verified.',
      );
    }
  });

  it('says all that it should', async () => {
    const now = new Date('2026-06-01T12:00:00Z');
    const { authority, unlocked } = await makeStand(folder, { clock: () => now });
    const { entry } = await issueNew(unlocked);
    const list = await revokeCertificates(unlocked, [entry.serial], 'keyCompromise');
    const text = mustRun('openssl', ['crl', '-noout', '-text'], list);
    expect(text).toMatch(/Version 2 \(0x1\)/);
    expect(text).toMatch(/Last Update: Jun {2}1 11:00:00 2026 GMT/);
    expect(readRevocationList(list).nextUpdate).toEqual(authority.certificate.notAfter);
    expect(text).toMatch(/Authority Key Identifier/);
    expect(text).toMatch(/CRL Number: *\n *3\n/);
    expect(text).toMatch(/Key Compromise/);
    expect(text.toLowerCase()).toContain(`serial number: ${entry.serial}`);
    expect(mustRun('certtool', ['--crl-info'], list)).toContain('Revoked certificates (1)');
  });

  it('has a number that rises with every list', async () => {
    const { unlocked } = await makeStand(folder);
    const numbers: bigint[] = [];
    for (let count = 0; count < 3; count += 1) {
      const { entry } = await issueNew(unlocked);
      numbers.push(
        readRevocationList(await revokeCertificates(unlocked, [entry.serial], 'superseded')).number ?? 0n,
      );
      numbers.push(readRevocationList(await publishRevocationList(unlocked)).number ?? 0n);
    }
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => Number(one - other)));
  });

  it('is made again when a run was cut off before it', async () => {
    const { authority, unlocked } = await makeStand(folder);
    const { entry } = await issueNew(unlocked);
    await authority.ledger.append({
      type: 'revoked',
      at: new Date(),
      serial: entry.serial,
      reason: 'superseded',
    });
    const unlisted = async () =>
      unlistedRevocations(await authority.ledger.read(), await authority.revocationList());
    expect(await unlisted()).toBe(1);
    await revokeCertificates(unlocked, [entry.serial], 'keyCompromise');
    expect(await unlisted()).toBe(0);
    expect((await authority.ledger.read()).filter(({ type }) => type === 'revoked')).toHaveLength(1);
  });

  it('is made again when another process revoked while it was signed', async () => {
    const { authority, unlocked } = await makeStand(folder);
    const [ours, others] = [(await issueNew(unlocked)).entry.serial, (await issueNew(unlocked)).entry.serial];
    const sign = unlocked.signRevocationList.bind(unlocked);
    let signed = 0;
    unlocked.signRevocationList = async (content) => {
      signed += 1;
      if (signed === 1) {
        await authority.ledger.append({
          type: 'revoked',
          at: new Date(),
          serial: others,
          reason: 'superseded',
        });
      }
      return sign(content);
    };
    const list = await revokeCertificates(unlocked, [ours], 'keyCompromise');
    expect(readRevocationList(list).revoked.map(({ serial }) => serial)).toEqual([ours, others]);
    expect(await authority.revocationList()).toBe(list);
    expect(signed).toBe(2);
  });

  it('is not made for a certificate that was never issued', async () => {
    const { authority, unlocked } = await makeStand(folder);
    const { entry } = await issueNew(unlocked);
    await expect(revokeCertificates(unlocked, [entry.serial, '0155'], 'superseded')).rejects.toMatchObject({
      code: 'serial-unknown',
    });
    expect((await authority.ledger.read()).filter(({ type }) => type === 'revoked')).toEqual([]);
  });

  it('that cannot be read is told of', async () => {
    const { authority } = await makeStand(folder);
    writeFileSync(join(authority.folder, authorityFiles.revocationList), 'hello');
    const list = (await authority.revocationList()) ?? '';
    expect(() => readRevocationList(list)).toThrow(
      expect.objectContaining({ code: 'revocation-list-unreadable' }),
    );
  });
});
