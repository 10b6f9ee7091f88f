import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mustRun } from './command.ts';
import { Lab, type HostName } from './lab.ts';
import { guestLine } from './support/guest-proof.ts';
import { viaduct, type JsonLine, type ViaductRun } from './support/viaduct.ts';

// Two dozen commands that each look at both hosts anew, beside whatever else the machine does.
vi.setConfig({ testTimeout: 300_000 });

const both: readonly HostName[] = ['alpha', 'beta'];
let lab: Lab;
let folder: string;

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  folder = await mkdtemp(join(tmpdir(), 'viaduct-authorities-'));
  await writeFile(join(folder, 'passphrase'), 'planted-passphrase\n', { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const uris = () => both.map((host) => lab.sshUri(host));
const passphrase = () => ['--passphrase-file', join(folder, 'passphrase')];
const run = (...args: string[]): Promise<ViaductRun> =>
  viaduct([...args, '--json'], { environment: { VIADUCT_HOME: join(folder, 'home') } });
const pki = (...args: string[]): Promise<ViaductRun> => run('pki', ...args);
const rotate = (...args: string[]): Promise<ViaductRun> => pki('rotate', ...args, ...passphrase());

const stageOf = ({ lines }: ViaductRun) => lines.find(({ type }) => type === 'rotation')?.['stage'];
const levels = ({ lines }: ViaductRun) =>
  lines
    .filter(({ type }: JsonLine) => type === 'check')
    .map(({ id, level }) => `${String(id)} ${String(level)}`);

/** Every pair in both directions, for control and for guests' data. */
async function expectHandshakes(when: string): Promise<void> {
  const validated = await pki('validate', ...uris());
  expect(validated.code, `${when}: ${validated.stdout}`).toBe(0);
  expect(levels(validated), when).toHaveLength(4);
  expect(
    levels(validated).filter((level) => !level.endsWith(' ok')),
    when,
  ).toEqual([]);
}

/** A company's authority, whose key never comes near Viaduct. */
async function makeCompany(): Promise<{
  certificate: string;
  sign(from: string, to: string): Promise<void>;
}> {
  const path = (file: string): string => join(folder, file);
  const [key, certificate] = [path('company.key'), path('company.pem')];
  const subject = [
    '-subj',
    '/O=Example/CN=Company CA',
    '-days',
    '30',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ];
  await mustRun([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:3072',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    ...subject,
  ]);
  return {
    certificate,
    sign: async (from, to) => {
      await mkdir(to);
      const requests = (await readdir(from)).filter((name) => name.endsWith('.csr'));
      for (const [index, name] of requests.entries()) {
        const ca = ['-CA', certificate, '-CAkey', key, '-set_serial', String(1000 + index), '-days', '20'];
        const files = ['-in', join(from, name), '-out', join(to, name.replace(/csr$/, 'pem'))];
        await mustRun(['openssl', 'x509', '-req', '-copy_extensions', 'copyall', ...ca, ...files]);
      }
    },
  };
}

describe('an authority whose key is elsewhere', () => {
  it('signs what the hosts ask for, whose keys wait meanwhile', async () => {
    const company = await makeCompany();
    const imported = await pki('import-ca', '--name', 'Company', '--certificate', company.certificate);
    expect([imported.code, imported.lines[0]?.['keyIsHere']]).toEqual([0, false]);
    const refused = await pki('deploy', ...uris(), ...passphrase());
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('viaduct pki request');
    const served = () => lab.mustRun('alpha', ['sha256sum', '/etc/pki/libvirt/servercert.pem']);
    const before = await served();

    const [asked, answered] = [join(folder, 'requests'), join(folder, 'answers')];
    const requested = await pki('request', ...uris(), '--output', asked);
    expect(requested.code, requested.stderr).toBe(0);
    expect((await readdir(asked)).toSorted()).toEqual(
      both.flatMap((host) =>
        ['libvirt-client', 'libvirt-server', 'qemu-client', 'qemu-server'].map(
          (place) => `${host}.lab-${place}.csr`,
        ),
      ),
    );
    expect(await served()).toBe(before);
    const waiting = await lab.mustRun('alpha', [
      'find',
      '/etc/pki',
      '-name',
      '*.new',
      '-printf',
      '%P %m %u\n',
    ]);
    expect(waiting.trim().split('\n').toSorted()).toEqual([
      'libvirt/private/clientkey.pem.viaduct-pki.new 600 root',
      'libvirt/private/serverkey.pem.viaduct-pki.new 600 root',
      'qemu/client-key.pem.viaduct-pki.new 640 root',
      'qemu/server-key.pem.viaduct-pki.new 640 root',
    ]);
    await company.sign(asked, answered);
    const accepted = await pki('accept', ...uris(), '--certificates', answered);
    expect(accepted.code, accepted.stdout + accepted.stderr).toBe(0);
    expect(levels(accepted).filter((one) => one.startsWith('pki.served'))).toEqual([
      'pki.served ok',
      'pki.served ok',
    ]);
    await expectHandshakes('signed elsewhere');
    const again = await pki('accept', ...uris(), '--certificates', answered);
    expect(again.stderr).toContain('No request of alpha.lab to Company is open');
  });
});

describe('a change of authority', () => {
  it('lets both hosts reach each other at every stage, and a guest move in the middle of it', async () => {
    await lab.mustRun('alpha', ['tar', '-C', '/etc/pki', '-cf', '/root/old-pki.tar', '.']);
    expect((await rotate('begin')).code).toBe(0);
    const guest = await guestLine(lab, 'web01', 'alpha');

    const [alpha = '', beta = ''] = uris();
    const first = await rotate('next', alpha);
    expect([first.code, stageOf(first)], first.stdout + first.stderr).toEqual([0, 'trust']);
    await expectHandshakes('alpha trusts both, beta one');
    const early = await rotate('next', alpha);
    expect([early.code, stageOf(early)], early.stdout).toEqual([3, 'trust']);
    expect(early.lines.find(({ id }) => id === 'pki.rotation.left')).toMatchObject({
      host: 'beta.lab',
      level: 'error',
    });
    const second = await rotate('next', beta);
    expect([second.code, stageOf(second)], second.stdout + second.stderr).toEqual([0, 'certificates']);
    await expectHandshakes('both trust both');
    expect((await rotate('finish')).code, 'with old certificates').toBe(3);
    const third = await rotate('next', alpha);
    expect([third.code, stageOf(third)], third.stdout + third.stderr).toEqual([0, 'certificates']);
    await expectHandshakes('alpha has new certificates, beta old ones');
    const moved = await viaduct([
      ...['migrate', 'web01', '--mode', 'native-tls', '--json'],
      ...['--source', alpha, '--destination', beta],
    ]);
    expect(moved.result, moved.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
    await lab.guestGoesOn('beta', 'web01', guest);
    const fourth = await rotate('next');
    expect([fourth.code, stageOf(fourth)], fourth.stdout + fourth.stderr).toEqual([0, 'finish']);
    await expectHandshakes('both have new certificates');
  });

  it('ends with the old certificates refused, and the new ones accepted', async () => {
    const finished = await rotate('finish');
    expect([finished.code, stageOf(finished)], finished.stdout + finished.stderr).toEqual([0, 'done']);
    await expectHandshakes('finished');
    await lab.mustRun('alpha', ['tar', '-C', '/etc/pki', '-xf', '/root/old-pki.tar']);
    const refused = await pki('validate', ...uris());
    expect(refused.code).toBe(3);
    const fromAlpha = refused.lines.filter(({ from }) => from === 'alpha.lab');
    expect(
      fromAlpha.map(({ level }) => level),
      refused.stdout,
    ).toEqual(['error', 'error']);
    await lab.mustRun('alpha', ['rm', '/root/old-pki.tar']);
  });
});
