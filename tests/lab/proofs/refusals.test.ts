import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Purpose } from '../../../electron/pki/inspect-usage.ts';
import { hosts, Lab, type HostName } from '../lab.ts';
import { expectRunsOn, guestLine } from '../support/guest-proof.ts';
import { viaduct } from '../support/viaduct.ts';
import { isLongRun } from './long-run.ts';
import {
  CertificateMaker,
  type Leaf,
  place,
  type Tree,
  trust,
  trustRevocations,
} from './made-certificates.ts';

/*
 * What the peers refuse: one certificate of alpha's client or beta's server is bad, everything else is good. libvirt's
 * own programs and QEMU are asked first, then `pki validate`, which is to find the same, and `migrate`, which is not to
 * move the guest. `npm run proofs -- pki` goes through all of it, `npm test` through those that no other test has.
 */

vi.setConfig({ testTimeout: 90_000 });

const faults = ['another authority', 'revoked', 'expired', 'another name', 'another use'] as const;
type Fault = (typeof faults)[number];

const dayMs = 86_400_000;
const leaves: Partial<Record<Fault, (use: Purpose) => Leaf>> = {
  expired: () => ({ madeAt: new Date(Date.now() - 3 * dayMs) }),
  'another name': () => ({ names: ['gamma.lab'] }),
  'another use': (use) => ({ good: [use === 'server' ? 'client' : 'server'] }),
};

/** In the words of GnuTLS, libvirt and QEMU. A client whose authority the server does not name sends no certificate. */
const peersWords: Record<Fault, RegExp> = {
  'another authority': /hasn't got a known issuer|No certificate was found/,
  revoked: /has been revoked|certificate is revoked/i,
  expired: /has expired|expired certificate|failed validation: The certificate is not trusted/i,
  'another name': /does not match the hostname/,
  'another use': /purpose does not allow/,
};

/** In ours. */
const ourWords: Record<Fault, string> = {
  'another authority': 'it is of an authority that is not trusted there',
  revoked: 'it is revoked',
  expired: 'it has expired',
  'another name': 'it is for other names',
  'another use': 'it is not for this use',
};

let lab: Lab;
let maker: CertificateMaker;
let other: CertificateMaker;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  [maker, other] = await Promise.all([
    CertificateMaker.start('Proof CA', 'rsa3072'),
    CertificateMaker.start('Other CA', 'rsa3072'),
  ]);
});
afterAll(async () => {
  await maker[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

const uris = () => [lab.sshUri('alpha'), lab.sshUri('beta')];
const restart = (host: HostName) => lab.mustRun(host, ['systemctl', 'restart', 'libvirtd.service']);

async function equipBoth(tree: Tree): Promise<void> {
  for (const host of ['alpha', 'beta'] as const) await maker.equip(hosts[host], tree);
}

/** Gives alpha's client or beta's server a certificate with a fault; who it is revoked for knows the list. */
async function spoil(tree: Tree, use: Purpose, fault: Fault): Promise<void> {
  const [owner, peer] = use === 'client' ? [hosts.alpha, hosts.beta] : [hosts.beta, hosts.alpha];
  const signer = fault === 'another authority' ? other : maker;
  const leaf = await signer.make(owner, tree, use, leaves[fault]?.(use) ?? {});
  await place(owner, tree, use, leaf);
  // It trusts its own, as a host of another installation does; with the peer's authority its own client would not start.
  if (fault === 'another authority') await trust(owner, tree, maker.authorityPem + other.authorityPem);
  if (fault === 'revoked') await trustRevocations(peer, tree, await maker.revoke(leaf));
}

async function expectFound(stream: 'control' | 'data', use: Purpose, fault: Fault): Promise<void> {
  const { lines, code, stdout } = await viaduct(['pki', 'validate', '--json', ...uris()]);
  const found = lines.find(
    ({ id, from, to }) => id === `pki.${stream}.handshake` && from === 'alpha.lab' && to === 'beta.lab',
  );
  const [who, whose] = use === 'client' ? ['beta.lab', 'alpha.lab'] : ['alpha.lab', 'beta.lab'];
  expect(found, stdout).toMatchObject({ level: 'error', remedy: expect.any(String) as string });
  expect(found?.['summary']).toContain(
    `${who} does not accept the certificate of ${whose}: ${ourWords[fault]}.`,
  );
  expect(code).toBe(3);
}

describe('libvirtd and its client', () => {
  beforeAll(async () => {
    await equipBoth('qemu');
    // It is the peer that is to refuse, not the daemon its own files.
    await lab.mustRun('beta', ['tee', '--append', '/etc/libvirt/libvirtd.conf'], {
      stdin: 'tls_no_sanity_certificate = 1\n',
    });
  });
  beforeEach(() => equipBoth('libvirt'));

  /** @returns what alpha's client and beta's daemon say of a connection that is not to be made */
  async function connect(): Promise<string> {
    await restart('beta');
    const since = (await lab.mustRun('beta', ['date', '+%s.%N'])).trim();
    const uri = 'qemu+tls://beta.lab/system?no_sanity=1';
    const { exitCode, stderr } = await lab.run('alpha', ['virsh', '-c', uri, 'hostname']);
    expect(exitCode, stderr).not.toBe(0);
    const log = await lab.mustRun('beta', ['journalctl', '-q', '-u', 'libvirtd', `--since=@${since}`]);
    return `${stderr}\n${log}`;
  }

  it.each(faults.filter((fault) => fault !== 'another name' && (isLongRun || fault !== 'another authority')))(
    'the daemon refuses a client: %s',
    async (fault) => {
      await spoil('libvirt', 'client', fault);
      expect(await connect()).toMatch(peersWords[fault]);
      await expectFound('control', 'client', fault);
    },
  );

  it.each(faults.filter((fault) => isLongRun || fault === 'revoked'))(
    'a client refuses the daemon: %s',
    async (fault) => {
      await spoil('libvirt', 'server', fault);
      expect(await connect()).toMatch(peersWords[fault]);
      await expectFound('control', 'server', fault);
    },
  );
});

describe("QEMU's two ends of a migration", () => {
  beforeAll(async () => {
    await lab.reset();
    await equipBoth('libvirt');
    for (const host of ['alpha', 'beta'] as const) await restart(host);
  });
  beforeEach(() => equipBoth('qemu'));

  /** What libvirt's own client is told, and what both ends of QEMU wrote into the guest's log. */
  async function migrateByVirsh(): Promise<string> {
    const move = ['virsh', 'migrate', '--live', '--p2p', '--tls', 'web01', 'qemu+tls://beta.lab/system'];
    const { exitCode, stderr } = await lab.run('alpha', move);
    expect(exitCode, stderr).not.toBe(0);
    const tail = ['tail', '-n', '20', '/var/log/libvirt/qemu/web01.log'];
    const logs = await Promise.all((['alpha', 'beta'] as const).map((host) => lab.run(host, tail)));
    return [stderr, ...logs.map(({ stdout }) => stdout)].join('\n');
  }

  async function expectNotMoved(): Promise<void> {
    const before = await guestLine(lab, 'web01', 'alpha');
    const [source = '', destination = ''] = uris();
    const run = await viaduct([
      ...['migrate', 'web01', '--json', '--mode', 'native-tls'],
      ...['--source', source, '--destination', destination],
    ]);
    expect([3, 4], run.stdout + run.stderr).toContain(run.code);
    expect(run.result).toMatchObject({
      runningOn: 'source',
      error: { remedy: expect.stringMatching(/./) as string },
    });
    await expectRunsOn(lab, 'alpha', 'web01', before);
  }

  const cases = (['client', 'server'] as const).flatMap((use) =>
    faults
      // A client is not looked up by a name; QEMU's client reads no revocation list.
      .filter((fault) => fault !== (use === 'client' ? 'another name' : 'revoked'))
      .filter((fault) => isLongRun || (use === 'client' && fault !== 'another authority'))
      .map((fault): [Purpose, Fault] => [use, fault]),
  );

  it.each(cases)('the certificate of the %s: %s', async (use, fault) => {
    await spoil('qemu', use, fault);
    expect(await migrateByVirsh()).toMatch(peersWords[fault]);
    await expectFound('data', use, fault);
    await expectNotMoved();
  });
});
