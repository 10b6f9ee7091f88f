import { beforeAll, describe, expect, it } from 'vitest';
import { defaultPlanOptions } from '../../../../../electron/engine/plan.ts';
import { controlCertificateCheck } from '../../../../../electron/engine/preflight/checks/control-certificate.ts';
import { FactUnavailableError } from '../../../../../electron/engine/preflight/errors.ts';
import { clientAuth, issue, issueCa, type Issued } from '../../../pki/certificates.ts';
import { failing, findingsOf, given, type Facts } from '../fake-context.ts';

const check = controlCertificateCheck('source');

let ca: Issued;
let otherCa: Issued;
beforeAll(async () => {
  [ca, otherCa] = await Promise.all([issueCa(), issueCa({ cn: 'Other CA' })]);
});

const leaf = (changes: object = {}): Promise<Issued> =>
  issue({ cn: 'alpha.lab', issuer: ca, ca: false, eku: { usages: [clientAuth] }, ...changes });

async function found(source: Facts['source']): Promise<string[]> {
  const findings = await findingsOf(check, { source });
  return findings.map(({ level, summary }) => `${level} ${summary}`);
}

const withLeaf = async (changes?: object): Promise<string[]> =>
  found({ libvirtCertificates: given({ authority: ca.pem, certificate: (await leaf(changes)).pem }) });

describe("libvirt's own certificate on a host", () => {
  it('is sound, and until when', async () => {
    expect(await withLeaf()).toEqual([
      expect.stringMatching(/^ok Libvirt's client certificate on \S+ is sound, and valid until \d{4}-/),
    ]);
  });

  it('works, and will not for long', async () => {
    const changes = { fromDays: -30, toDays: 4 };
    expect(await withLeaf(changes)).toEqual([expect.stringMatching(/^warning \S+, libvirt: .* expires on /)]);
  });

  it('is broken, which the login tells once', async () => {
    const changes = { fromDays: -30, toDays: -1 };
    expect(await withLeaf(changes)).toEqual([expect.stringMatching(/^info .* expired on .* login says\.$/)]);
  });

  it('is weak, and taken all the same unless a host has a policy against it', async () => {
    const certificates = given({ authority: ca.pem, certificate: (await leaf({ key: 'rsa1024' })).pem });
    const levels = async (facts: Facts): Promise<string[]> =>
      (await findingsOf(check, facts)).map(({ level }) => level);
    const source = { libvirtCertificates: certificates };
    expect(await levels({ source })).toEqual(['warning']);
    const strict = { source, destination: { minRsaBits: given(2048) } };
    expect(await levels(strict), 'managed is chosen').toEqual(['info']);
    const options = { ...defaultPlanOptions, control: 'p2p' as const };
    expect(await levels({ ...strict, context: { options } }), 'no login by OpenSSL shows it').toEqual([
      'error',
    ]);
  });

  it('is of another authority, which the login tells once', async () => {
    expect(await withLeaf({ issuer: otherCa })).toEqual([expect.stringMatching(/^info /)]);
  });

  it('is not there, where the daemons may meet in another way', async () => {
    const missing = new FactUnavailableError(
      'not-readable',
      '/etc/pki/libvirt/clientcert.pem is not there.',
      '',
    );
    expect(await found({ libvirtCertificates: failing(missing) })).toEqual([expect.stringMatching(/^info /)]);
  });

  it('cannot be asked for', async () => {
    const noShell = new FactUnavailableError('no-shell', 'There is no shell.', '');
    await expect(found({ libvirtCertificates: failing(noShell) })).rejects.toBe(noShell);
  });

  it('matters only where a daemon may log in at the other', () => {
    expect(check.applies?.({ ...defaultPlanOptions, control: 'managed' })).toBe(false);
    expect(check.applies?.({ ...defaultPlanOptions, control: 'p2p' })).toBe(true);
  });
});
