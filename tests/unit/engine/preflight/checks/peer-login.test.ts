import { beforeAll, describe, expect, test } from 'vitest';
import { defaultPlanOptions, type PlanOptions } from '../../../../../electron/engine/plan.ts';
import { peerLoginCheck } from '../../../../../electron/engine/preflight/checks/peer-login.ts';
import type { HostFacts } from '../../../../../electron/engine/preflight/context.ts';
import type { LibvirtCertificates } from '../../../../../electron/engine/preflight/peer/libvirt-certificates.ts';
import { FactUnavailableError } from '../../../../../electron/engine/preflight/errors.ts';
import type { LoginTrial } from '../../../../../electron/engine/preflight/peer/login-trial.ts';
import { parseCertificates } from '../../../../../electron/pki/certificate.ts';
import { issue, now, type Issued, type Wish } from '../../../pki/certificates.ts';
import { daemonFacts, failing, fakeContext, findingsOf, given, type Facts } from '../fake-context.ts';

const p2p: PlanOptions = { ...defaultPlanOptions, control: 'p2p' };
const auto: PlanOptions = { ...defaultPlanOptions, control: 'auto' };

const door = (door: Partial<Awaited<ReturnType<HostFacts['daemonDoor']>>>): Partial<HostFacts> => ({
  daemonDoor: given({
    confPath: '/etc/libvirt/libvirtd.conf',
    port: 16_514,
    verifiesClient: true,
    allowedNames: undefined,
    wantsSasl: false,
    saslAllowed: undefined,
    ...door,
  }),
});
const trying = (trial: LoginTrial): Partial<HostFacts> => ({ tryPeerLogin: given(trial) });
const refused: LoginTrial = { kind: 'server-refuses', reason: undefined, said: '' };

let ca: Issued;
let other: Issued;
beforeAll(async () => {
  ca = await issue({ cn: 'lab CA', ca: true });
  other = await issue({ cn: 'other CA', ca: true });
});

async function certificates(wish: Wish, issuer = ca, authority = ca): Promise<LibvirtCertificates> {
  return { authority: authority.pem, certificate: (await issue({ issuer, ...wish })).pem };
}

const asAlpha = async (wish: Wish = {}, issuer = ca): Promise<Partial<HostFacts>> => ({
  libvirtCertificates: given(await certificates({ cn: 'alpha.lab', ...wish }, issuer)),
});
const asBeta = async (wish: Wish = {}, authority = ca): Promise<Partial<HostFacts>> => ({
  libvirtCertificates: given(
    await certificates({ cn: 'beta.lab', dns: ['beta.lab'], ...wish }, ca, authority),
  ),
});

const find = async (facts: Facts, options = p2p) =>
  (await findingsOf(peerLoginCheck, { ...facts, context: { options, now } })).at(-1);

describe('a login that works', () => {
  test('is told with address and identity', async () => {
    expect(await find({ source: await asAlpha() })).toEqual({
      id: 'control.login',
      side: 'between',
      level: 'ok',
      summary: 'alpha.lab can log in at beta.lab as CN=alpha.lab.',
      evidence: 'qemu+tls://beta.lab/system (the host of the URI by which Viaduct reaches it)',
    });
  });

  test('is warned of where the destination lets everybody in', async () => {
    const finding = await find({ destination: door({ verifiesClient: false }) });
    expect(finding).toMatchObject({ id: 'control.login.unverified', level: 'warning' });
  });

  test('goes to the name in the certificate where the source reaches several', async () => {
    const destination = {
      ...(await asBeta({ dns: ['beta.internal'] })),
      daemon: given(daemonFacts('beta.internal')),
    };
    expect(await find({ destination })).toMatchObject({
      evidence: 'qemu+tls://beta.internal/system (the name that it gives itself)',
    });
  });

  test('goes to the port on which the daemon listens', async () => {
    expect(await find({ destination: door({ port: 16_600 }) })).toMatchObject({
      evidence: expect.stringMatching(/^qemu\+tls:\/\/beta\.lab:16600\/system/) as string,
    });
  });
});

describe('a login that fails, by its cause', () => {
  test.each<[string, () => Facts | Promise<Facts>, string, RegExp, RegExp]>([
    [
      'a name that the source does not know',
      () => ({ source: { resolve: given({ addresses: [] }) } }),
      'name',
      /alpha\.lab cannot resolve beta\.lab/,
      /\/etc\/hosts of alpha\.lab/,
    ],
    [
      'a name that leads back',
      () => ({ source: { resolve: given({ addresses: ['127.0.1.1'] }) } }),
      'loopback',
      /log in at itself/,
      /--dconnuri/,
    ],
    [
      'a port that is turned away',
      () => ({ source: trying({ kind: 'unreachable', because: 'refused' }) }),
      'port',
      /Port 16514 of beta\.lab turns alpha\.lab away/,
      /host prepare/,
    ],
    [
      'a port that is filtered',
      () => ({ source: trying({ kind: 'unreachable', because: 'timeout' }) }),
      'port',
      /does not answer/,
      /every firewall/,
    ],
    [
      'a daemon with a certificate for other names',
      async () => ({
        source: trying({ kind: 'client-refuses', reason: 'name', said: 'hostname mismatch' }),
        destination: await asBeta({ dns: ['gamma.lab'] }),
      }),
      'certificate',
      /is for gamma\.lab, not for beta\.lab/,
      /Issue a certificate for beta\.lab/,
    ],
    [
      'a daemon with an expired certificate',
      () => ({ source: trying({ kind: 'client-refuses', reason: 'expired', said: '' }) }),
      'certificate',
      /daemon of beta\.lab: it has expired/,
      /renew.*beta\.lab/,
    ],
    [
      'a daemon of another CA',
      () => ({ source: trying({ kind: 'client-refuses', reason: 'issuer', said: '' }) }),
      'certificate',
      /not trusted/,
      /deploy.*alpha\.lab and beta\.lab/,
    ],
    [
      'an identity that is not on the list',
      async () => ({
        source: { ...(await asAlpha()), ...trying(refused) },
        destination: { ...(await asBeta()), ...door({ allowedNames: ['CN=gamma.lab', 'CN=beta*'] }) },
      }),
      'allow-list',
      /CN=alpha\.lab is not in its tls_allowed_dn_list/,
      /Add "CN=alpha\.lab" to tls_allowed_dn_list in \/etc\/libvirt\/libvirtd\.conf on beta\.lab/,
    ],
    [
      'an identity that has expired',
      async () => ({ source: { ...(await asAlpha({ fromDays: -9, toDays: -1 })), ...trying(refused) } }),
      'identity',
      /client certificate of alpha\.lab: it has expired/,
      /renew.*alpha\.lab/,
    ],
    [
      'an identity of another CA',
      async () => ({
        source: { ...(await asAlpha({}, other)), ...trying(refused) },
        destination: await asBeta(),
      }),
      'identity',
      /of an authority that is not trusted/,
      /deploy/,
    ],
    [
      'an identity that is refused for no reason that can be seen',
      async () => ({
        source: { ...(await asAlpha()), ...trying(refused) },
        destination: { ...(await asBeta()), daemonDoor: failing(new Error('no root')) },
      }),
      'identity',
      /does not let alpha\.lab in/,
      /has CN=alpha\.lab, and what its journal says/,
    ],
    [
      'SASL',
      () => ({
        source: trying({ kind: 'wants-sasl', said: 'authentication failed: no worthy mechs found' }),
      }),
      'sasl',
      /a name and a password besides the certificate/,
      /auth\.conf/,
    ],
    [
      'files that are not there',
      () => ({ source: trying({ kind: 'files', said: 'Could not open file' }) }),
      'files',
      /no client certificate/,
      /pki deploy/,
    ],
    [
      'a source that cannot drive',
      () => ({ source: { daemon: given(daemonFacts('alpha.lab', { hasMigrationP2p: false })) } }),
      'unsupported',
      /does not offer/,
      /--control managed/,
    ],
    [
      'a destination that is too old',
      () => ({ destination: { daemon: given(daemonFacts('beta.lab', { libvirt: '5.9.0' })) } }),
      'unsupported',
      /at least 6\.0\.0/,
      /--control managed/,
    ],
  ])('%s', async (_what, facts, cause, summary, remedy) => {
    const known = await facts();
    const finding = await find(known);
    expect(finding).toMatchObject({ id: `control.login.${cause}`, level: 'error' });
    expect(finding?.summary).toMatch(summary);
    expect(finding?.remedy).toMatch(remedy);
    expect(await find(known, auto), 'where there is a choice').toMatchObject({
      id: `control.login.${cause}`,
      level: 'info',
    });
    const tunnel = { ...auto, mode: 'tunnelled' as const };
    expect(await find(known, tunnel), 'where the mode needs it').toMatchObject({ level: 'error' });
  });

  test('is unknown where it cannot be tried, and forbids nothing', async () => {
    const finding = await find({ source: { tryPeerLogin: failing(new Error('operator is not root.')) } });
    expect(finding).toMatchObject({ id: 'control.login', level: 'unknown' });
    expect(finding?.summary).toMatch(/was not tried: operator is not root\.$/);
  });
});

describe('a login with a certificate that is made at the start', () => {
  const identity = () => ({
    authority: 'lab CA',
    issuerFingerprint: parseCertificates(ca.pem)[0]?.fingerprint ?? '',
    subject: 'CN=viaduct-once.alpha.lab',
    trusted: ca.pem,
    folder: '/run/viaduct-once-00',
    lifeMinutes: 15,
  });
  const foreseen = async (facts: Facts, options = p2p) => find({ ...facts, identity: identity() }, options);

  test('is told as what it will be, with its folder in the address', async () => {
    const finding = await foreseen({ destination: await asBeta() });
    expect(finding).toMatchObject({
      id: 'control.login',
      level: 'info',
      evidence: expect.stringContaining('qemu+tls://beta.lab/system?pkipath=/run/viaduct-once-00') as string,
    });
    expect(finding?.summary).toMatch(/will log in as CN=viaduct-once\.alpha\.lab.*right before the move/);
  });

  test.each<[string, () => Facts | Promise<Facts>, string, RegExp, RegExp]>([
    [
      'a daemon that does not trust the authority',
      async () => ({ destination: await asBeta({}, other) }),
      'identity',
      /does not trust lab CA/,
      /--ca/,
    ],
    [
      'a list that has not its name',
      async () => ({ destination: { ...(await asBeta()), ...door({ allowedNames: ['CN=alpha.lab'] }) } }),
      'allow-list',
      /CN=viaduct-once\.alpha\.lab is not in/,
      /Add "CN=viaduct-once\.alpha\.lab"/,
    ],
    [
      'a daemon of another authority',
      () => ({
        source: { tryPeerServer: given({ kind: 'client-refuses', reason: 'issuer', said: '' }) },
      }),
      'certificate',
      /not trusted/,
      /deploy/,
    ],
    [
      'a port that is filtered',
      () => ({ source: { tryPeerServer: given({ kind: 'unreachable', because: 'timeout' }) } }),
      'port',
      /does not answer/,
      /firewall/,
    ],
    [
      'a source without a shell',
      () => ({
        source: { tryPeerServer: failing(new FactUnavailableError('no-shell', 'No shell.', 'ssh')) },
      }),
      'unsupported',
      /not reached over SSH/,
      /qemu\+ssh/,
    ],
  ])('fails for %s', async (_what, facts, cause, summary, remedy) => {
    const finding = await foreseen(await facts());
    expect(finding).toMatchObject({ id: `control.login.${cause}`, level: 'error' });
    expect(finding?.summary).toMatch(summary);
    expect(finding?.remedy).toMatch(remedy);
  });

  test('gets in by a pattern of the list, and where nobody is asked for a certificate', async () => {
    for (const rule of [{ allowedNames: ['CN=viaduct-once.*'] }, { verifiesClient: false }]) {
      const destination = { ...(await asBeta()), ...door(rule) };
      expect(await foreseen({ destination })).toMatchObject({ level: 'info' });
    }
  });

  test('is over TLS alone', async () => {
    const options = { ...p2p, dconnuri: 'qemu+tcp://beta.lab/system' };
    const context = { options };
    await expect(fakeContext({ context, identity: identity() }).peerLogin()).rejects.toMatchObject({
      code: 'dconnuri-invalid',
    });
  });
});

describe('what a daemon has against a login beyond the certificate', () => {
  const denied: LoginTrial = { kind: 'wants-sasl', said: 'authentication failed: authentication failed' };
  const noTicket = 'SASL(-1): generic failure: GSSAPI Error: (No Kerberos credentials available)';
  const noService = 'Minor code (Server libvirt/198.51.100.12@LAB not found in Kerberos database)';
  const said = (text: string): Facts => ({ source: trying({ kind: 'wants-sasl', said: text }) });
  const asUser = (user: string | undefined, principal?: string): Partial<HostFacts> => ({
    ...trying(denied),
    rootCredentials: given({ user, principal }),
  });
  const rules = (users: string[] | undefined, mechanisms = ['scram-sha-256']): Partial<HostFacts> => ({
    saslRules: given({ users, mechanisms }),
  });

  test.each<[string, Facts, string, RegExp]>([
    ['no ticket', said(noTicket), 'kerberos-ticket', /root has no ticket/],
    ['an old ticket', said('GSSAPI Error: (Ticket expired)'), 'kerberos-ticket', /has expired/],
    ['no such service', said(noService), 'kerberos-service', /no service libvirt\/beta\.lab/],
    [
      'a principal that is not on the list',
      {
        source: asUser(undefined, 'admin@LAB'),
        destination: { ...rules(undefined, ['gssapi']), ...door({ saslAllowed: ['other@LAB'] }) },
      },
      'kerberos-principal',
      /admin@LAB is not in its sasl_allowed_username_list/,
    ],
    [
      'a principal that is refused all the same',
      { source: asUser(undefined, 'admin@LAB'), destination: rules(undefined, ['gssapi']) },
      'kerberos-principal',
      /does not let admin@LAB in/,
    ],
    [
      'a user who is missing',
      { source: asUser('nobody'), destination: rules(['mover']) },
      'sasl-user',
      /no SASL user nobody/,
    ],
    [
      'a user who is not on the list',
      {
        source: asUser('mover'),
        destination: { ...rules(['mover']), ...door({ saslAllowed: ['other', 'more@lab'] }) },
      },
      'sasl-list',
      /mover is not in/,
    ],
    [
      'a user with a realm on the list',
      {
        source: asUser('mover'),
        destination: { ...rules(['mover']), ...door({ saslAllowed: ['mover@lab'] }) },
      },
      'sasl-password',
      /password of mover/,
    ],
    [
      'users that cannot be listed',
      { source: asUser('mover'), destination: rules(undefined) },
      'sasl-password',
      /password of mover/,
    ],
    [
      'nothing known but the refusal',
      {
        source: { ...trying(denied), rootCredentials: failing(new Error('no root')) },
        destination: { saslRules: failing(new Error('no root')) },
      },
      'sasl-password',
      /the name in auth\.conf/,
    ],
    [
      'the same where only virsh could try',
      { source: { ...asUser('nobody'), ...trying({ ...denied, kind: 'refused' }) }, destination: rules([]) },
      'sasl-user',
      /no SASL user nobody/,
    ],
  ])('%s', async (_what, facts, cause, summary) => {
    const finding = await find(facts);
    expect(finding).toMatchObject({ id: `control.login.${cause}`, level: 'error' });
    expect(finding?.summary).toMatch(summary);
  });

  test('names the command that gives the source’s daemon its credentials', async () => {
    const finding = await find({ source: asUser('mover'), destination: rules(['mover']) });
    expect(finding?.remedy).toContain(
      '(viaduct host prepare --migration-user NAME --migration-password-file FILE --migration-peer beta.lab)',
    );
  });
});

describe('an address that is given', () => {
  const address = async (dconnuri: string) =>
    (await fakeContext({ context: { options: { ...p2p, dconnuri } } }).peerLogin()).address;

  test.each([
    ['qemu+tls://beta.internal/system', 'tls', 'beta.internal', 16_514],
    ['qemu+tls://[2001:db8::1]:16600/system', 'tls', '2001:db8::1', 16_600],
    ['qemu+tcp://beta.lab/system', 'tcp', 'beta.lab', 16_509],
  ])('is taken as it is: %s', async (dconnuri, transport, host, port) => {
    expect(await address(dconnuri)).toMatchObject({ dconnuri, transport, host, port });
  });

  test.each([
    'qemu+ssh://root@beta.lab/system',
    'qemu+tls://beta.lab/session',
    'qemu+tls://beta.lab/system?no_verify=1',
    'qemu+tls://beta.lab/system?pkipath=/tmp',
    'qemu+tls://somebody@beta.lab/system',
    'qemu:///system',
    'xen+tls://beta.lab/system',
    'beta.lab',
    '',
  ])('is refused: %j', async (dconnuri) => {
    await expect(address(dconnuri)).rejects.toMatchObject({ code: 'dconnuri-invalid' });
    const [finding] = await findingsOf(peerLoginCheck, { context: { options: { ...p2p, dconnuri } } });
    expect(finding).toMatchObject({ id: 'control.login', level: 'error' });
  });
});
