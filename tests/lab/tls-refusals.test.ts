import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../electron/common/errors.ts';
import { hosts, Lab, waitFor } from './lab.ts';
import type { CertificateOptions } from './pki.ts';
import { authorityDir } from './pki.ts';
import { openRouteClient } from './support/route-client.ts';

const dayMs = 86_400_000;
const expired = { notBefore: new Date(Date.now() - 9 * dayMs), notAfter: new Date(Date.now() - dayMs) };
const config = '/etc/libvirt/libvirtd.conf';

let lab: Lab;
let folder: string;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  folder = await mkdtemp(join(tmpdir(), 'viaduct-refused-'));
});
afterEach(async () => {
  await lab.restoreHostCertificates('alpha');
  await lab.restoreHostCertificates('beta');
  await reloadCertificates();
});
afterAll(() => rm(folder, { recursive: true }));

async function reloadCertificates(): Promise<void> {
  await lab.mustRun('alpha', ['virt-admin', 'server-update-tls', 'libvirtd']);
}

/** A folder for `pkipath` with a client certificate made to order: that of beta, taken along. */
async function clientFolder(options: CertificateOptions): Promise<string> {
  const own = await mkdtemp(join(folder, 'pki-'));
  await lab.issueHostCertificates('beta', { purposes: ['libvirt'], ...options });
  const pki = join(hosts.beta.root, 'etc/pki/libvirt');
  await copyFile(join(pki, 'clientcert.pem'), join(own, 'clientcert.pem'));
  await copyFile(join(pki, 'private/clientkey.pem'), join(own, 'clientkey.pem'));
  await copyFile(join(await authorityDir('lab'), 'ca-cert.pem'), join(own, 'cacert.pem'));
  return own;
}

const open = (query: string, place = hosts.alpha.fqdn) =>
  openRouteClient(`qemu+tls://${place}/system?${query}`);

describe('what a real daemon refuses', () => {
  it.each<[string, CertificateOptions, RegExp]>([
    ['has expired', expired, /has expired on/],
    ['is of another CA', { ca: 'other' }, /was not signed by the CA of/],
  ])(
    'our certificate when it %s: said before connecting, and after with no_sanity=1',
    async (_what, options, why) => {
      const own = await clientFolder(options);
      const file = join(own, 'clientcert.pem');
      await expect(open(`pkipath=${own}`)).rejects.toMatchObject({
        code: 'tls-files',
        side: 'client',
        message: expect.stringMatching(why) as string,
      });
      await expect(open(`pkipath=${own}&no_sanity=1`)).rejects.toMatchObject({
        code: 'tls-client-refused',
        side: 'client',
        message: expect.stringMatching(why) as string,
        remedy: expect.stringContaining(file) as string,
      });
    },
  );

  it('not a certificate for servers, where its use is not marked critical', async () => {
    const own = await clientFolder({ clientUsages: ['server'] });
    await using host = await open(`pkipath=${own}`);
    expect(await host.guests()).toEqual(['db01', 'web01']);
  });

  it('us without a certificate, with the place where it is missed', async () => {
    const own = await clientFolder({});
    await Promise.all(['clientcert.pem', 'clientkey.pem'].map((file) => rm(join(own, file))));
    await expect(open(`pkipath=${own}`)).rejects.toMatchObject({
      code: 'tls-client-refused',
      side: 'client',
      message: expect.stringContaining(join(own, 'clientcert.pem')) as string,
    });
  });

  it('a name that is not on its list, with the name as the list must have it', async () => {
    const before = await lab.mustRun('alpha', ['cat', config]);
    const restart = async (text: string): Promise<void> => {
      await lab.mustRun('alpha', ['tee', config], { stdin: text });
      await lab.mustRun('alpha', ['systemctl', 'restart', 'libvirtd.service']);
    };
    try {
      await restart(`${before}\ntls_allowed_dn_list = ["CN=somebody else"]\n`);
      const refused = await open(`pkipath=${lab.pkiPath}`).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'tls-client-refused' });
      const { remedy } = refused as { remedy: string };
      expect(remedy).toMatch(
        /^On the host, in this order: tls_allowed_dn_list in \/etc\/libvirt\/libvirtd\.conf/,
      );
      const [, name = ''] = /must have "([^"]+)"/.exec(remedy) ?? [];
      await restart(`${before}\ntls_allowed_dn_list = ["${name}"]\n`);
      await using host = await open(`pkipath=${lab.pkiPath}`);
      expect(await host.guests()).toEqual(['db01', 'web01']);
    } finally {
      await restart(before);
    }
  });
});

describe('what we refuse of a real daemon', () => {
  const shown = async (options: CertificateOptions): Promise<void> => {
    await lab.issueHostCertificates('alpha', { purposes: ['libvirt'], ...options });
    await reloadCertificates();
  };

  /** The daemon refuses to read one that has expired, so it has to live until a busy machine has come so far. */
  const shownUntilSoon = async (): Promise<Date> => {
    for (const lifeMs of [6_000, 20_000, 60_000]) {
      const notAfter = new Date(Date.now() + lifeMs);
      const reading = await shown({ notAfter }).catch((error: unknown) => messageOf(error));
      if (reading === undefined) return notAfter;
      expect(reading).toContain('has expired');
    }
    throw new Error('The daemon did not read a certificate within a minute.');
  };

  it.each<[string, CertificateOptions, RegExp]>([
    ['another name', { names: ['gamma.lab'], addresses: ['203.0.113.9'] }, /another name \(.*gamma\.lab/],
    ['another CA', { ca: 'other', trust: 'other' }, /a CA that this workstation does not trust/],
    ['clients', { serverUsages: ['client'] }, /not meant for servers/],
  ])('a certificate for %s', async (_what, options, why) => {
    await shown(options);
    for (const place of [hosts.alpha.fqdn, hosts.alpha.address, `[${hosts.alpha.address6}]`]) {
      const opening = open(`pkipath=${lab.pkiPath}`, place);
      await expect(opening).rejects.toMatchObject({ code: 'tls-server-untrusted' });
      await expect(opening).rejects.toThrow(why);
    }
  });

  it('a certificate that has expired since the daemon read it', async () => {
    const notAfter = await shownUntilSoon();
    await waitFor(
      'the certificate has expired',
      () => Promise.resolve(Date.now() > notAfter.getTime() + 1000 ? true : undefined),
      { timeoutMs: 90_000 },
    );
    await expect(open(`pkipath=${lab.pkiPath}`)).rejects.toMatchObject({
      code: 'tls-server-untrusted',
      message: expect.stringContaining('has expired') as string,
      remedy: expect.stringContaining('servercert.pem on the host') as string,
    });
  });

  it('none of it with no_verify=1, and that stays visible', async () => {
    await shown({ names: ['gamma.lab'], addresses: ['203.0.113.9'] });
    await using host = await open(`pkipath=${lab.pkiPath}&no_verify=1`);
    expect(await host.guests()).toEqual(['db01', 'web01']);
    expect(host.route.security.level).toBe('unverified');
  });
});

describe('tls_priority against a real daemon', () => {
  it.each(['NORMAL:-VERS-ALL:%2bVERS-TLS1.3', 'NORMAL:-VERS-ALL:%2bVERS-TLS1.2', 'SECURE256'])(
    '%s',
    async (text) => {
      await using host = await open(`pkipath=${lab.pkiPath}&tls_priority=${text}`);
      expect(await host.guests()).toEqual(['db01', 'web01']);
    },
  );
});
