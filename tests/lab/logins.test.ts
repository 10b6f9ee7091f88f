import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInventory } from '../../electron/hosts/inventory.ts';
import { ManagedHost } from '../../electron/hosts/managed-host.ts';
import type { LoginUsed } from '../../electron/libvirt/index.ts';
import { noPrompts } from '../../electron/ssh/prompts.ts';
import type { Kerberos } from './kerberos.ts';
import { hosts, keyFile, knownHostsFile, workstationPkiDir } from './layout.ts';
import { Lab } from './lab.ts';
import type { LoginDaemon, LoginRules } from './logins.ts';
import { leaderOf } from './host.ts';
import { viaduct } from './support/viaduct.ts';

/*
 * Every transport with every login that Debian's libvirt offers, against libvirtd and against the modular daemons:
 * one table for what lets us in, one for what does not.
 */

const mechanisms = ['scram-sha-256', 'scram-sha-1', 'plain', 'digest-md5', 'gssapi'];
const users = { fred: 'correct horse' };
const sasl: LoginRules = {
  auth_tcp: 'sasl',
  auth_tls: 'sasl',
  auth_unix_rw: 'sasl',
  mechanisms,
  users,
};
const open: LoginRules = { auth_tcp: 'none', auth_tls: 'none', auth_unix_rw: 'none' };

type Transport = 'unix' | 'ssh' | 'ssh as operator' | 'tls' | 'tcp';
/** How the host is named in the URI. */
type By = 'name' | 'IPv4' | 'IPv6';
type Secret = 'right' | 'wrong password' | 'unknown user';

interface Way {
  transport: Transport;
  by?: By;
  /** The URI's `auth`. */
  auth?: string;
  secret?: Secret;
  ticket?: boolean;
  noVerify?: boolean;
}
type Allowed = [way: Way, login: Partial<LoginUsed>];
type Refused = [way: Way, code: string];

const byScram = { method: 'sasl', mechanism: 'SCRAM-SHA-256', user: 'fred', ssf: 0 } as const;
const withoutLogin = { method: 'none', ssf: 0 } as const;
/** A layer that really hides what is sent. */
const encrypts = expect.toSatisfy((ssf: number) => ssf >= 112) as number;

const openNetwork: Allowed[] = [
  [{ transport: 'tls' }, withoutLogin],
  [{ transport: 'tls', by: 'IPv4' }, withoutLogin],
  [{ transport: 'tls', by: 'IPv6' }, withoutLogin],
  [{ transport: 'tcp' }, withoutLogin],
  [{ transport: 'tcp', by: 'IPv4' }, withoutLogin],
  [{ transport: 'tcp', by: 'IPv6' }, withoutLogin],
];
const openLocal: Allowed[] = [
  [{ transport: 'unix' }, withoutLogin],
  [{ transport: 'ssh' }, withoutLogin],
  [{ transport: 'ssh', by: 'IPv4' }, withoutLogin],
  [{ transport: 'ssh', by: 'IPv6' }, withoutLogin],
  [{ transport: 'ssh as operator' }, withoutLogin],
];
/** Debian's own rules: root is let in, others as polkit says. */
const polkit: Allowed[] = [
  [{ transport: 'unix' }, withoutLogin],
  [{ transport: 'ssh' }, withoutLogin],
  [{ transport: 'ssh as operator' }, { method: 'polkit', ssf: 0 }],
  [
    { transport: 'ssh as operator', auth: 'polkit' },
    { method: 'polkit', ssf: 0 },
  ],
];
const saslNetwork: Allowed[] = [
  [{ transport: 'tls', auth: 'sasl.SCRAM-SHA-256' }, byScram],
  [{ transport: 'tls', auth: 'sasl.SCRAM-SHA-256', by: 'IPv4' }, byScram],
  [{ transport: 'tls', auth: 'sasl.SCRAM-SHA-256', by: 'IPv6' }, byScram],
  [
    { transport: 'tls', auth: 'sasl.SCRAM-SHA-1' },
    { ...byScram, mechanism: 'SCRAM-SHA-1' },
  ],
  [
    { transport: 'tls', auth: 'sasl.PLAIN' },
    { ...byScram, mechanism: 'PLAIN' },
  ],
  [
    { transport: 'tls', auth: 'sasl.DIGEST-MD5' },
    { ...byScram, mechanism: 'DIGEST-MD5' },
  ],
  [
    { transport: 'tls', auth: 'sasl.GSSAPI', ticket: true },
    { mechanism: 'GSSAPI', user: 'admin@LAB', ssf: 0 },
  ],
  [{ transport: 'tls', ticket: true }, { mechanism: 'GSSAPI' }],
  [{ transport: 'tls' }, byScram],
  [
    { transport: 'tcp', auth: 'sasl.DIGEST-MD5' },
    { ...byScram, mechanism: 'DIGEST-MD5', ssf: encrypts },
  ],
  [
    { transport: 'tcp', auth: 'sasl.DIGEST-MD5', by: 'IPv4' },
    { mechanism: 'DIGEST-MD5', ssf: encrypts },
  ],
  [
    { transport: 'tcp', auth: 'sasl.DIGEST-MD5', by: 'IPv6' },
    { mechanism: 'DIGEST-MD5', ssf: encrypts },
  ],
  [
    { transport: 'tcp', auth: 'sasl.GSSAPI', ticket: true },
    { mechanism: 'GSSAPI', user: 'admin@LAB', ssf: encrypts },
  ],
  [
    { transport: 'tcp', ticket: true },
    { mechanism: 'GSSAPI', ssf: encrypts },
  ],
];
const saslLocal: Allowed[] = (['unix', 'ssh', 'ssh as operator'] as const).flatMap((transport) =>
  ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN', 'DIGEST-MD5'].map((mechanism): Allowed => [
    { transport, auth: `sasl.${mechanism}` },
    { ...byScram, mechanism },
  ]),
);
const refusedNetwork: Refused[] = [
  [{ transport: 'tls', auth: 'sasl.SCRAM-SHA-256', secret: 'wrong password' }, 'auth-failed'],
  [{ transport: 'tls', auth: 'sasl.SCRAM-SHA-256', secret: 'unknown user' }, 'auth-failed'],
  [{ transport: 'tls', auth: 'sasl.PLAIN', secret: 'wrong password' }, 'auth-failed'],
  [{ transport: 'tcp', auth: 'sasl.DIGEST-MD5', secret: 'wrong password' }, 'auth-failed'],
  [{ transport: 'tcp', auth: 'sasl.DIGEST-MD5', secret: 'unknown user' }, 'auth-failed'],
  [{ transport: 'tls', auth: 'sasl.GSSAPI' }, 'auth-kerberos-no-ticket'],
  [{ transport: 'tls', auth: 'sasl.GSSAPI', ticket: true, by: 'IPv4' }, 'auth-kerberos-service-unknown'],
  [{ transport: 'tls', auth: 'sasl.ANONYMOUS' }, 'auth-unsupported'],
  [{ transport: 'tls', auth: 'polkit' }, 'auth-unsupported'],
  // Without a layer of their own the daemon does not offer these in the clear.
  [{ transport: 'tcp', auth: 'sasl.SCRAM-SHA-256' }, 'auth-unsupported'],
  [{ transport: 'tcp', auth: 'sasl.PLAIN' }, 'auth-unsupported'],
  // The daemon would take it; we do not send a password to somebody we have not checked.
  [{ transport: 'tls', auth: 'sasl.PLAIN', noVerify: true }, 'auth-plain-refused'],
];

let lab: Lab;
let home: string;
let kerberos: Kerberos;
const cleanup = new AsyncDisposableStack();

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  home = await mkdtemp(join(tmpdir(), 'viaduct-logins-'));
  cleanup.defer(() => rm(home, { recursive: true }));
  await writeSecrets('right', 'fred', users.fred);
  await writeSecrets('wrong password', 'fred', 'wrong horse');
  await writeSecrets('unknown user', 'nobody', users.fred);
  kerberos = cleanup.use(await lab.startKerberos());
});
afterAll(() => cleanup.disposeAsync());

/** The file that libvirt's own client reads (docs/auth.rst of libvirt). */
async function writeSecrets(name: Secret, user: string, password: string): Promise<void> {
  const lines = ['[credentials-lab]', `authname=${user}`, `password=${password}`];
  lines.push('[auth-libvirt-default]', 'credentials=lab', '');
  await writeFile(join(home, `${name}.conf`), lines.join('\n'), { mode: 0o600 });
}

async function uriOf(way: Way, localDaemon: LoginDaemon): Promise<string> {
  const { fqdn, address, address6 } = hosts.alpha;
  const server = { name: fqdn, IPv4: address, IPv6: `[${address6}]` }[way.by ?? 'name'];
  const query = new URLSearchParams({ authfile: join(home, `${way.secret ?? 'right'}.conf`) });
  if (way.auth !== undefined) query.set('auth', way.auth);
  if (way.noVerify === true) query.set('no_verify', '1');
  const [transport, user] =
    way.transport === 'ssh as operator' ? ['ssh', 'operator'] : [way.transport, 'root'];
  if (transport === 'ssh') {
    query.set('keyfile', keyFile);
    query.set('known_hosts', knownHostsFile);
    if (localDaemon === 'virtqemud') query.set('mode', 'direct');
    return `qemu+ssh://${user}@${server}/system?${query.toString()}`;
  }
  if (transport === 'tls') query.set('pkipath', workstationPkiDir);
  if (transport !== 'unix') return `qemu+${transport}://${server}/system?${query.toString()}`;
  const socket = localDaemon === 'libvirtd' ? 'libvirt-sock' : `${localDaemon}-sock`;
  query.set('socket', `/proc/${String(await leaderOf(hosts.alpha))}/root/run/libvirt/${socket}`);
  return `qemu+unix:///system?${query.toString()}`;
}

async function connect(way: Way, localDaemon: LoginDaemon): Promise<{ login: LoginUsed; guests: string[] }> {
  // The Kerberos library reads these at each login.
  Object.assign(process.env, way.ticket === true ? kerberos.environment : kerberos.withoutTicket);
  const host = new ManagedHost(await uriOf(way, localDaemon), { home, prompts: noPrompts });
  try {
    await using client = await host.connect();
    const guests = await readInventory(client);
    return { login: client.login, guests: guests.map(({ name }) => name).toSorted() };
  } finally {
    await host.close();
  }
}

const told = ({ transport, by, auth, ...rest }: Way): string =>
  [
    transport,
    by && `by ${by}`,
    auth ?? 'as the daemon asks',
    ...Object.entries(rest).map((entry) => entry.join(' ')),
  ]
    .filter(Boolean)
    .join(', ');

/** Runs these ways in under the rules given to a daemon. */
function under(
  name: string,
  [daemon, rules]: [LoginDaemon, LoginRules],
  local: LoginDaemon,
  allowed: readonly Allowed[],
  refused: readonly Refused[] = [],
): void {
  describe(name, () => {
    let restore: AsyncDisposable | undefined;
    beforeAll(async () => {
      const sockets = daemon === 'virtqemud' ? [] : (['tcp', 'tls'] as const);
      restore = await lab.setLogins('alpha', daemon, rules, sockets);
    });
    afterAll(() => restore?.[Symbol.asyncDispose]());

    it.each(allowed.map(([way, login]) => [told(way), way, login] as const))(
      'lets us in over %s',
      async (_text, way, login) => {
        const found = await connect(way, local);
        expect(found.login).toMatchObject(login);
        expect(found.guests).toEqual(['db01', 'web01']);
      },
    );
    if (refused.length === 0) return;
    it.each(refused.map(([way, code]) => [told(way), way, code] as const))(
      'does not over %s',
      async (_text, way, code) => {
        await expect(connect(way, local)).rejects.toMatchObject({ code });
      },
    );
  });
}

/** All of it, for a daemon on the network and one on the host itself; for libvirtd they are one. */
function everyLogin(network: LoginDaemon, local: LoginDaemon): void {
  under(`${network} without a login`, [network, open], local, openNetwork);
  under(`${local} without a login`, [local, open], local, openLocal);
  under(`${local} with Debian's rules`, [local, {}], local, polkit);
  under(`${network} with SASL`, [network, sasl], local, saslNetwork, refusedNetwork);
  under(`${local} with SASL`, [local, sasl], local, saslLocal, [
    [{ transport: 'unix', auth: 'sasl.SCRAM-SHA-256', secret: 'wrong password' }, 'auth-failed'],
    [{ transport: 'ssh', auth: 'sasl.GSSAPI' }, 'auth-kerberos-no-ticket'],
  ]);
}

describe('the monolithic daemon', () => {
  everyLogin('libvirtd', 'libvirtd');

  it('refuses a user whom polkit refuses, and lets root in all the same', async () => {
    await using rules = new AsyncDisposableStack();
    rules.use(await lab.setPolkitVerdict('alpha', 'no'));
    await expect(connect({ transport: 'ssh as operator' }, 'libvirtd')).rejects.toMatchObject({
      code: 'auth-failed',
    });
    expect((await connect({ transport: 'ssh' }, 'libvirtd')).login).toEqual(withoutLogin);
  });

  it('is reached by the command line with the credentials of a file, or not, with a sentence', async () => {
    await using rules = new AsyncDisposableStack();
    rules.use(await lab.setLogins('alpha', 'libvirtd', sasl, ['tls']));
    const way: Way = { transport: 'tls', auth: 'sasl.SCRAM-SHA-256' };
    const run = await viaduct(['guests', await uriOf(way, 'libvirtd'), '--json']);
    expect(run.code, run.stderr).toBe(0);
    expect(run.lines.map(({ name }) => name).toSorted()).toEqual(['db01', 'web01']);

    const wrong = await uriOf({ ...way, secret: 'wrong password' }, 'libvirtd');
    const refused = await viaduct(['guests', wrong, '--json']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/refused the login|login/);
    expect(refused.stderr).not.toMatch(/wrong horse|\n\s+at /);
  });
});

describe('the modular daemons', () => {
  let modular: AsyncDisposable | undefined;
  beforeAll(async () => {
    modular = await lab.useModularDaemons('alpha');
  });
  afterAll(() => modular?.[Symbol.asyncDispose]());

  everyLogin('virtproxyd', 'virtqemud');

  it.each([
    ['virtqemud', /virtqemud \(modular\)/],
    ['virtproxyd', /virtproxyd \(modular\)/],
  ] as const)('are told apart from libvirtd: %s', async (daemon, words) => {
    const uri = await uriOf({ transport: 'ssh' }, daemon);
    const host = new ManagedHost(uri, { home, prompts: noPrompts });
    try {
      await host.control();
      expect(host.transport).toMatch(words);
    } finally {
      await host.close();
    }
  });
});
