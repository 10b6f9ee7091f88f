import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultPlanOptions, type PlanOptions } from '../../../../electron/engine/plan.ts';
import { findIdentities } from '../../../../electron/engine/preflight/find-identities.ts';
import { gatherFacts } from '../../../../electron/engine/preflight/preflight-facts.ts';
import type { ProvenIdentity } from '../../../../electron/engine/identity.ts';
import { readQemuSettings } from '../../../../electron/setup/config/qemu-settings.ts';
import { issue, type Issued } from '../../pki/certificates.ts';
import { failing, fakeContext, given, type Facts } from './fake-context.ts';
import { tlsTree } from './tls-pair.ts';

async function find(options: Partial<PlanOptions>, facts: Facts): Promise<ProvenIdentity[]> {
  const context = fakeContext({ ...facts, context: { options: { ...defaultPlanOptions, ...options } } });
  return findIdentities(context, await gatherFacts(context), (work) => work);
}

let server: Issued;
let client: Issued;
let trees: Required<Pick<Facts, 'source' | 'destination'>>;
beforeAll(async () => {
  const ca = await issue({ cn: 'lab CA', ca: true });
  server = await issue({ issuer: ca, cn: 'beta.lab', dns: ['beta.lab'] });
  client = await issue({ issuer: ca, cn: 'alpha.lab' });
  trees = {
    source: { tlsTree: given(await tlsTree('client', ca, client)) },
    destination: { tlsTree: given(await tlsTree('server', ca, server)) },
  };
});

const fingerprintOf = ({ pem }: Issued): string => new X509Certificate(pem).fingerprint256;

describe('the identities of a plan', () => {
  it('in native TLS are the certificates that QEMU shows on each host, with the file each was read from', async () => {
    expect(await find({}, trees)).toMatchObject([
      {
        side: 'source',
        what: 'QEMU client certificate',
        fingerprint: fingerprintOf(client),
        evidence: 'read from /etc/pki/qemu/client-cert.pem on alpha.lab',
      },
      {
        side: 'destination',
        what: 'QEMU server certificate',
        fingerprint: fingerprintOf(server),
        evidence: 'read from /etc/pki/qemu/server-cert.pem on beta.lab',
      },
    ]);
  });

  it('come first with what each host showed to this machine', async () => {
    const seen = {
      ...{ address: 'beta.lab', port: 22, login: 'root' },
      identity: {
        kind: 'SSH host key' as const,
        subject: 'ssh-ed25519',
        fingerprint: 'SHA256:x',
        evidence: 'on record',
      },
      cipher: { protocol: 'SSH 2.0', suite: 'aes256-gcm@openssh.com' },
    };
    expect(await find({ mode: 'plain' }, { destination: { seen: () => seen } })).toEqual([
      {
        side: 'destination',
        what: 'SSH host key',
        subject: 'ssh-ed25519',
        fingerprint: 'SHA256:x',
        evidence: 'on record',
      },
    ]);
  });

  it('in a tunnel are those of the daemons, with the trial that they passed', async () => {
    const libvirt = ({ pem }: Issued) => ({
      libvirtCertificates: given({ authority: pem, certificate: pem }),
    });
    const facts = { source: libvirt(client), destination: libvirt(server) };
    const found = await find({ mode: 'tunnelled', control: 'p2p' }, facts);
    const tried = '; a trial login from alpha.lab at qemu+tls://beta.lab/system went through';
    expect(found).toMatchObject([
      {
        side: 'destination',
        what: 'libvirt server certificate',
        fingerprint: fingerprintOf(server),
        evidence: `read from /etc/pki/libvirt/servercert.pem on beta.lab${tried}`,
      },
      {
        side: 'source',
        what: 'libvirt client certificate',
        fingerprint: fingerprintOf(client),
        evidence: `read from /etc/pki/libvirt/clientcert.pem on alpha.lab${tried}`,
      },
    ]);
  });

  it('that cannot be read are named with the reason', async () => {
    const { source } = trees;
    const found = await find(
      {},
      { source, destination: { tlsTree: failing(new Error('There is no shell.')) } },
    );
    expect(found[1]).toEqual({
      side: 'destination',
      what: 'QEMU server certificate',
      subject: undefined,
      fingerprint: undefined,
      evidence: 'not known: There is no shell',
    });
  });

  it('say of a client certificate that nobody asks for that it is so', async () => {
    const { source, destination } = trees;
    const lax = { ...destination, qemuSettings: given(readQemuSettings('migrate_tls_x509_verify = 0\n')) };
    const found = await find({}, { source, destination: lax });
    expect(found[0]?.evidence).toBe(
      'read from /etc/pki/qemu/client-cert.pem on alpha.lab; the destination does not ask for it',
    );
  });
});
