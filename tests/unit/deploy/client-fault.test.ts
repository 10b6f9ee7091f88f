import { describe, expect, it } from 'vitest';
import { clientFault } from '../../../electron/deploy/validate/client-fault.ts';
import { dayMs } from '../../../electron/pki/lifetimes.ts';
import { revokeCertificates } from '../../../electron/pki/revoke.ts';
import { issueNew, makeStand } from '../pki/authorities.ts';
import { temporaryFolder } from '../pki/tools.ts';

const folder = temporaryFolder();

describe('why a server that says nothing refuses a client', () => {
  it('is told by the files of both', async () => {
    const { authority, unlocked } = await makeStand(folder, {});
    const other = await makeStand(folder, {});
    const authorities = authority.certificate.pem;
    const good = await issueNew(unlocked);
    const revoked = await issueNew(unlocked);
    const server = await issueNew(unlocked, { purposes: ['server'] });
    const revocations = await revokeCertificates(unlocked, [revoked.entry.serial], 'unspecified');
    const now = new Date();
    const trusted = { certificate: good.pem, authorities, revocations, now };
    const later = new Date(now.getTime() + 800 * dayMs);
    expect(clientFault(trusted)).toBeUndefined();
    expect(clientFault({ ...trusted, certificate: revoked.pem })).toBe('revoked');
    expect(clientFault({ ...trusted, certificate: server.pem })).toBe('purpose');
    expect(clientFault({ ...trusted, now: later })).toBe('expired');
    expect(clientFault({ ...trusted, now: new Date(now.getTime() - dayMs) })).toBe('not-yet-valid');
    expect(clientFault({ ...trusted, authorities: other.authority.certificate.pem })).toBe('issuer');
    expect(clientFault({ ...trusted, revocations: 'no list' })).toBeUndefined();
    expect(clientFault({ ...trusted, certificate: undefined })).toBe('other');
  });

  it('does not take a list of another authority for its own', async () => {
    const one = await makeStand(folder, {});
    const other = await makeStand(folder, {});
    const { pem } = await issueNew(one.unlocked);
    const foreign = await issueNew(other.unlocked);
    const revocations = await revokeCertificates(other.unlocked, [foreign.entry.serial], 'unspecified');
    const authorities = one.authority.certificate.pem;
    expect(clientFault({ certificate: pem, authorities, revocations, now: new Date() })).toBeUndefined();
  });
});
