import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kerberosUser, realm } from './kerberos.ts';
import { hosts, Lab, type HostName } from './lab.ts';
import type { LoginRules } from './logins.ts';
import type { CertificateOptions } from './pki.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

/*
 * Pairs of hosts between which the source's daemon does not get in at the destination's, each for a reason of its own:
 * the plan names that one and no other, and nothing is touched.
 */

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
const forAll = new AsyncDisposableStack();
afterAll(() => forAll.disposeAsync());
let forOne = new AsyncDisposableStack();
afterEach(async () => {
  await forOne.disposeAsync();
  forOne = new AsyncDisposableStack();
});

/** What must not change: guests, their definitions, pools, listening sockets, files of libvirt and of identities. */
async function fingerprint(host: HostName): Promise<string> {
  const parts = await Promise.all([
    lab.virsh(host, ['list', '--all', '--uuid', '--name']),
    lab.virsh(host, ['pool-list', '--all']),
    lab.mustRun(host, ['ss', '-Hltn']),
    lab.mustRun(host, ['find', '/etc/pki', '/etc/libvirt', '/etc/sasl2', '-printf', '%p %m %u %g %T@ %s\n']),
    lab.mustRun(host, ['find', '/run', '-maxdepth', '1', '-name', 'viaduct-*', '-not', '-name', '*.lock']),
  ]);
  return parts.map((text) => text.split('\n').sort().join('\n')).join('\n');
}

async function expectCause(
  command: 'preflight' | 'migrate',
  code: string,
  words: RegExp,
  args: readonly string[] = [],
): Promise<ViaductRun> {
  const before = await Promise.all([fingerprint('alpha'), fingerprint('beta')]);
  const ends = ['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')];
  const run = await viaduct([command, 'web01', '--json', ...ends, '--control', 'p2p', ...args]);
  const errors = run.lines.filter(({ level }) => level === 'error');
  expect(errors, run.stderr).toEqual([
    expect.objectContaining({ id: code, remedy: expect.any(String) as string }),
  ]);
  expect(String(errors[0]?.['summary'])).toMatch(words);
  expect(run.code).toBe(3);
  expect(await Promise.all([fingerprint('alpha'), fingerprint('beta')])).toEqual(before);
  expect(await lab.whereRuns('web01')).toEqual({ alpha: 'running', beta: 'absent' });
  return run;
}

const dayMs = 86_400_000;
const expired = { notBefore: new Date(Date.now() - 9 * dayMs), notAfter: new Date(Date.now() - dayMs) };

async function issue(host: HostName, options: CertificateOptions): Promise<void> {
  const reload = () => lab.mustRun('beta', ['virt-admin', 'server-update-tls', 'libvirtd']);
  forOne.defer(async () => {
    await lab.restoreHostCertificates(host);
    if (host === 'beta') await reload();
  });
  await lab.issueHostCertificates(host, { purposes: ['libvirt'], ...options });
  if (host === 'beta') await reload();
}

describe('between the two daemons', () => {
  const pairs: [string, string, RegExp, () => Promise<unknown>, string[]?][] = [
    [
      'a name that the source cannot resolve',
      'control.login.name',
      /alpha\.lab cannot resolve nowhere\.lab/,
      () => Promise.resolve(),
      ['--dconnuri', 'qemu+tls://nowhere.lab/system'],
    ],
    [
      'a port that a firewall drops',
      'control.login.port',
      /does not answer alpha\.lab/,
      async () => forOne.use(await lab.blockPort('beta', 16_514, 'drop')),
    ],
    [
      'a port that is turned away',
      'control.login.port',
      /turns alpha\.lab away/,
      async () => forOne.use(await lab.blockPort('beta', 16_514, 'reject')),
    ],
    [
      'a client certificate that has expired',
      'control.login.identity',
      /client certificate of alpha\.lab: it has expired/,
      () => issue('alpha', expired),
    ],
    [
      'a client certificate of another CA',
      'control.login.identity',
      /client certificate of alpha\.lab: it is of an authority that is not trusted/,
      () => issue('alpha', { ca: 'other' }),
    ],
    [
      'no client certificate',
      'control.login.files',
      /alpha\.lab has no client certificate/,
      async () => {
        forOne.defer(() => lab.restoreHostCertificates('alpha'));
        await lab.mustRun('alpha', ['rm', '/etc/pki/libvirt/clientcert.pem']);
      },
    ],
    [
      'a daemon with a certificate for another name',
      'control.login.certificate',
      /it is for gamma\.lab, 203\.0\.113\.9, not for beta\.lab/,
      () => issue('beta', { names: ['gamma.lab'], addresses: ['203.0.113.9'] }),
    ],
    [
      'a daemon with a certificate of another CA',
      'control.login.certificate',
      /daemon of beta\.lab: it is of an authority that is not trusted/,
      () => issue('beta', { ca: 'other', trust: 'other' }),
    ],
  ];

  it.each(pairs)('%s', async (_what, code, words, misconfigure, args) => {
    await misconfigure();
    await expectCause('preflight', code, words, args);
  });
});

/** Login rules of the destination for all tests of a block. */
function under(rules: LoginRules): void {
  let logins: AsyncDisposable | undefined;
  beforeAll(async () => {
    logins = await lab.setLogins('beta', 'libvirtd', rules, ['tls']);
  });
  afterAll(() => logins?.[Symbol.asyncDispose]());
}

describe('a list of certificates that are let in', () => {
  under({ tls_allowed_dn_list: ['CN=gamma.lab'] });

  it('without that of the source', async () => {
    const words = /CN=alpha\.lab is not in its tls_allowed_dn_list/;
    const run = await expectCause('migrate', 'control.login.allow-list', words);
    expect(run.result).toMatchObject({ outcome: 'refused', runningOn: 'source' });
  });
});

describe('SASL with passwords', () => {
  under({ auth_tls: 'sasl', mechanisms: ['scram-sha-256'], users: { mover: 'right horse' } });
  const file = '/etc/libvirt/auth.conf';

  it.each<[string, string, RegExp, [string, string]?]>([
    ['no credentials', 'control.login.sasl', /wants a name and a password/],
    [
      'a user who is missing',
      'control.login.sasl-user',
      /has no SASL user nobody/,
      ['nobody', 'right horse'],
    ],
    [
      'a wrong password',
      'control.login.sasl-password',
      /does not accept the password of mover/,
      ['mover', 'wrong horse'],
    ],
  ])('%s', async (_what, code, words, credentials) => {
    if (credentials !== undefined) {
      const [user, password] = credentials;
      const section = `[credentials-mover]\nauthname=${user}\npassword=${password}\n`;
      forOne.defer(async () => {
        await lab.mustRun('alpha', ['rm', '-f', file]);
      });
      const stdin = `${section}[auth-libvirt-${hosts.beta.fqdn}]\ncredentials=mover\n`;
      await lab.mustRun('alpha', ['tee', file], { stdin });
    }
    const run = await expectCause('preflight', code, words);
    expect(run.stdout + run.stderr).not.toContain('horse');
  });
});

describe('Kerberos', () => {
  beforeAll(async () => {
    forAll.use(await lab.startKerberos());
  });
  under({ auth_tls: 'sasl', mechanisms: ['gssapi'], sasl_allowed_username_list: [`other@${realm}`] });
  const tickets = 'FILE:/tmp/krb5cc_0';
  const principal = `${kerberosUser}@${realm}`;

  async function takeTicket(): Promise<void> {
    forOne.defer(async () => {
      await lab.mustRun('alpha', ['kdestroy', '-q', '-c', tickets]);
    });
    await lab.mustRun('alpha', ['kinit', '-c', tickets, '-k', '-t', '/run/lab-admin.keytab', principal]);
  }

  it('no ticket', async () => {
    const words = /wants a Kerberos login besides the certificate, and on alpha\.lab root has no ticket/;
    const run = await expectCause('migrate', 'control.login.kerberos-ticket', words);
    expect(run.result).toMatchObject({ outcome: 'refused', runningOn: 'source' });
  });

  it('the wrong principal', async () => {
    await takeTicket();
    const words = /the Kerberos principal admin@LAB is not in its sasl_allowed_username_list/;
    await expectCause('preflight', 'control.login.kerberos-principal', words);
  });

  it('a name for which there is no service', async () => {
    await takeTicket();
    const { address } = hosts.beta;
    const words = new RegExp(`Kerberos knows no service libvirt/${address}`);
    const dconnuri = ['--dconnuri', `qemu+tls://${address}/system`];
    await expectCause('preflight', 'control.login.kerberos-service', words, dconnuri);
  });
});
