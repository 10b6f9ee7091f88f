import { beforeAll, describe, expect, it } from 'vitest';
import { defaultPlanOptions } from '../../../../../electron/engine/plan.ts';
import {
  tlsForceCheck,
  tlsNameCheck,
  tlsTrustCheck,
  tlsVerifyCheck,
} from '../../../../../electron/engine/preflight/checks/tls-peers.ts';
import { tlsTreeCheck } from '../../../../../electron/engine/preflight/checks/tls-tree.ts';
import type { TlsTree } from '../../../../../electron/engine/preflight/facts/tls-tree.ts';
import { readQemuSettings } from '../../../../../electron/setup/config/qemu-settings.ts';
import { clientAuth, issue, issueCa, serverAuth, type Issued } from '../../../pki/certificates.ts';
import { daemonFacts, findingsOf, given, verdict, type Facts } from '../fake-context.ts';
import { ownerAndMode, tlsTree } from '../tls-pair.ts';

let ca: Issued;
let otherCa: Issued;
let server: Issued;
let client: Issued;

beforeAll(async () => {
  [ca, otherCa] = await Promise.all([issueCa(), issueCa({ cn: 'Other CA' })]);
  [server, client] = await Promise.all([
    issue({ issuer: ca, dns: ['beta.lab'], ca: false, eku: { usages: [serverAuth] } }),
    issue({ cn: 'alpha.lab', issuer: ca, ca: false, eku: { usages: [clientAuth] } }),
  ]);
});

const check = tlsTreeCheck('destination');

/** What is not fine in the destination's tree. */
async function flaws(changes: Partial<TlsTree>, leaf = server, authority = ca): Promise<string[]> {
  const tree = await tlsTree('server', authority, leaf, changes);
  const found = await verdict(check, { destination: { tlsTree: given(tree) } });
  return found.filter((line) => !line.startsWith('ok '));
}

describe("QEMU's certificates on a host", () => {
  it('are fine in every respect', async () => {
    const tree = await tlsTree('server', ca, server);
    expect(await verdict(check, { destination: { tlsTree: given(tree) } })).toEqual(
      ['files', 'content', 'chain', 'dates', 'usage', 'strength', 'key-match'].map(
        (id) => `ok tls.destination.${id}`,
      ),
    );
  });

  it('are asked for only where they are used', () => {
    expect(check.applies?.(defaultPlanOptions)).toBe(true);
    expect(check.applies?.({ ...defaultPlanOptions, mode: 'plain' })).toBe(false);
  });

  const gone = { path: '/etc/pki/qemu/server-cert.pem', stat: undefined, content: undefined };
  const key = (mode: number) => ({
    path: '/etc/pki/qemu/server-key.pem',
    stat: ownerAndMode('/etc/pki/qemu/server-key.pem', mode),
  });
  it.each<[string, Partial<TlsTree>, string[]]>([
    ['the certificate is missing', { certificate: gone }, ['error tls.destination.files']],
    ['the CA is missing', { ca: gone }, ['error tls.destination.files']],
    ['the key is missing', { key: { path: '/k', stat: undefined } }, ['error tls.destination.files']],
    [
      'the login may not read them',
      { certificate: { ...gone, content: { unreadable: 'Permission denied' } } },
      ['unknown tls.destination.files'],
    ],
    ['only root may read the key', { key: key(0o600) }, ['error tls.destination.files']],
    [
      'QEMU may not enter the directory',
      { directories: [ownerAndMode('/etc/pki/qemu', 0o700, 'directory')] },
      ['error tls.destination.files'],
    ],
    [
      'everybody may read the key',
      { key: key(0o644), directories: [ownerAndMode('/etc/pki/qemu', 0o755, 'directory')] },
      ['warning tls.destination.files'],
    ],
    ['everybody might read the key, and does not get to it', { key: key(0o644) }, []],
    ['the account of QEMU is not known', { qemuUser: undefined }, ['unknown tls.destination.files']],
    [
      'the key cannot be looked into',
      { keysPublicHalf: { unavailable: 'the host has neither openssl nor certtool' } },
      ['unknown tls.destination.key-match'],
    ],
    [
      'the key is not understood',
      { keysPublicHalf: { output: 'garbage' } },
      ['unknown tls.destination.key-match'],
    ],
    [
      'the certificate is garbage',
      { certificate: { ...gone, content: { pem: 'garbage' }, stat: ownerAndMode('/c', 0o644) } },
      ['error tls.destination.content'],
    ],
  ])('have a flaw when %s', async (_words, changes, expected) => {
    expect(await flaws(changes)).toEqual(expected);
  });

  it('have a flaw when the key belongs to another certificate', async () => {
    const { keysPublicHalf } = await tlsTree('server', ca, client);
    expect(await flaws({ keysPublicHalf })).toEqual(['error tls.destination.key-match']);
  });

  it('have a flaw when another CA issued them', async () => {
    expect(await flaws({}, server, otherCa)).toEqual(['error tls.destination.chain']);
  });

  it('have a flaw when they expired', async () => {
    const expired = await issue({ issuer: ca, dns: ['beta.lab'], fromDays: -10, toDays: -1 });
    expect(await flaws({}, expired)).toEqual(['error tls.destination.dates']);
  });

  it.each([
    ['is a year ahead', 366 * 86_400_000, ['error tls.destination.dates', 'error tls.destination.dates']],
    ['is two days behind', -2 * 86_400_000, ['error tls.destination.dates', 'error tls.destination.dates']],
    ['is right as far as can be told', 900, []],
  ])('are judged by the clock of their host, which %s', async (_words, offsetMs, expected) => {
    const tree = await tlsTree('server', ca, server);
    const clock = given({ offsetMs, uncertaintyMs: 1000 });
    const found = await verdict(check, { destination: { tlsTree: given(tree), clock } });
    expect(found.filter((line) => line.endsWith('dates') && !line.startsWith('ok'))).toEqual(expected);
  });

  it('have a flaw when SELinux has them labelled as somebody’s own', async () => {
    const labels = (type: string) => ({ selinuxTypes: new Map([['/etc/pki/qemu/ca-cert.pem', type]]) });
    expect(await flaws(labels('cert_t'))).toEqual([]);
    expect(await flaws(labels('user_home_t'))).toEqual(['warning tls.destination.files']);
  });

  it('have a flaw when they are for clients only', async () => {
    const wrongRole = await issue({
      issuer: ca,
      dns: ['beta.lab'],
      eku: { usages: [clientAuth], critical: true },
    });
    expect(await flaws({}, wrongRole)).toEqual(['error tls.destination.usage']);
  });

  it('say who may not read what, with owner and mode', async () => {
    const tree = await tlsTree('server', ca, server, { key: key(0o600) });
    const findings = await findingsOf(check, { destination: { tlsTree: given(tree) } });
    expect(findings[0]).toMatchObject({
      level: 'error',
      summary:
        'libvirt-qemu, as which QEMU runs on beta.lab, may not read /etc/pki/qemu/server-key.pem (owner 0:64055, mode 0600).',
      remedy: expect.stringContaining('chmod 0640 /etc/pki/qemu/server-key.pem') as string,
    });
  });
});

async function pair(
  source: { ca?: Issued; leaf?: Issued } = {},
  destination: { ca?: Issued; leaf?: Issued } = {},
): Promise<Facts> {
  const [clientTree, serverTree] = await Promise.all([
    tlsTree('client', source.ca ?? ca, source.leaf ?? client),
    tlsTree('server', destination.ca ?? ca, destination.leaf ?? server),
  ]);
  return { source: { tlsTree: given(clientTree) }, destination: { tlsTree: given(serverTree) } };
}

describe("the name in the destination's certificate", () => {
  const address = (host: string, tlsName = host) => ({
    dataAddress: given({ migrateUri: `tcp://${host}`, host, port: undefined, because: 'test', tlsName }),
  });
  it.each<[string, Facts['context'], string]>([
    ['is the one that is used', {}, 'ok'],
    ['is another than the one used', address('198.51.100.12'), 'error'],
    ['is the one that was named instead', address('198.51.100.12', 'beta.lab'), 'ok'],
  ])('%s', async (_words, context, level) => {
    const facts = { ...(await pair()), ...(context && { context }) };
    expect(await verdict(tlsNameCheck, facts)).toEqual([`${level} tls.destination.name`]);
  });

  it('is reported beside the one used', async () => {
    const [finding] = await findingsOf(tlsNameCheck, { ...(await pair()), context: address('10.0.0.5') });
    expect(finding?.summary).toBe(
      'The certificate of beta.lab is for beta.lab, but alpha.lab reaches it as 10.0.0.5.',
    );
    expect(finding?.remedy).toContain('--tls-destination beta.lab');
  });

  it('is not judged where the certificate cannot be read', async () => {
    const facts = await pair();
    const tree = await tlsTree('server', ca, server, {
      certificate: { path: '/c', stat: undefined, content: undefined },
    });
    await expect(
      findingsOf(tlsNameCheck, { ...facts, destination: { tlsTree: given(tree) } }),
    ).rejects.toThrow(/no reading/);
  });
});

describe('trust between the hosts', () => {
  it('holds both ways with one CA', async () => {
    expect(await verdict(tlsTrustCheck('source'), await pair())).toEqual(['ok tls.source.trust']);
    expect(await verdict(tlsTrustCheck('destination'), await pair())).toEqual(['ok tls.destination.trust']);
  });

  it('is missing on the side that knows another CA only', async () => {
    const stranger = await issue({ cn: 'alpha.lab', issuer: otherCa });
    const facts = await pair({ ca: otherCa, leaf: stranger });
    expect(await verdict(tlsTrustCheck('source'), facts)).toEqual(['error tls.source.trust']);
    expect(await verdict(tlsTrustCheck('destination'), facts)).toEqual(['error tls.destination.trust']);
  });

  it('is left open while the certificate does not fit its own CA, which is reported there', async () => {
    const stranger = await issue({ issuer: otherCa, dns: ['beta.lab'] });
    const facts = await pair({}, { leaf: stranger });
    expect(await verdict(tlsTrustCheck('source'), facts)).toEqual(['unknown tls.source.trust']);
  });

  it('does not matter to a destination that asks for no certificate', async () => {
    const facts = await pair({}, { ca: otherCa });
    const qemuSettings = given(readQemuSettings('migrate_tls_x509_verify = 0'));
    const destination = { ...facts.destination, qemuSettings };
    expect(await verdict(tlsTrustCheck('destination'), { ...facts, destination })).toEqual([
      'info tls.destination.trust',
    ]);
  });
});

describe('verification of the source by the destination', () => {
  it.each<[string, string, string]>([
    ['', '9.0.0', 'ok'],
    ['', '6.9.0', 'warning'],
    ['migrate_tls_x509_verify = 0', '9.0.0', 'warning'],
  ])('%j with libvirt %s: %s', async (conf, libvirt, level) => {
    const destination = {
      qemuSettings: given(readQemuSettings(conf)),
      daemon: given(daemonFacts('beta.lab', { libvirt })),
    };
    expect(await verdict(tlsVerifyCheck, { destination })).toEqual([`${level} tls.destination.verify`]);
  });
});

describe('a host that insists on TLS', () => {
  it('is asked about a migration in the clear only', () => {
    expect(tlsForceCheck('source').applies?.(defaultPlanOptions)).toBe(false);
    expect(tlsForceCheck('source').applies?.({ ...defaultPlanOptions, mode: 'plain' })).toBe(true);
  });

  it.each([
    ['', 'ok'],
    ['migrate_tls_force = 1', 'error'],
  ])('%j: %s', async (conf, level) => {
    const source = { qemuSettings: given(readQemuSettings(conf)) };
    expect(await verdict(tlsForceCheck('source'), { source })).toEqual([`${level} tls.source.force`]);
  });
});
