import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { noVault } from '../../electron/authorities/no-vault.ts';
import type { Backend, BackendClient } from '../../electron/ipc/backend.ts';
import type { Command, Reply, Request, Responses } from '../../electron/ipc/contract.ts';
import { createBackend } from '../../electron/ipc/create-backend.ts';
import type { CalendarGroup, CertificatesSnapshot, CertificatesWork } from '../../electron/ipc/views.ts';
import { Lab, type HostName } from './lab.ts';
import { viaduct } from './support/viaduct.ts';

vi.setConfig({ testTimeout: 120_000 });

const both: readonly HostName[] = ['alpha', 'beta'];
const secret = 'planted-passphrase';
let lab: Lab;
let folder: string;
let backend: Backend;
let client: BackendClient;
let newest: CertificatesSnapshot | undefined;
let hostIds: string[];

/** What the screen would send, as it would be answered. */
async function ask<C extends Command>(command: C, request: Request<C>): Promise<Responses[C]> {
  const reply = (await client.dispatch(command, request)) as Reply<C>;
  if (!reply.ok) throw new Error(`${command}: ${reply.error.message}`);
  return reply.value;
}

/** Waits for the end of what was begun. */
function ended(kind: CertificatesWork['kind']): Promise<CertificatesWork> {
  return vi.waitFor(
    () => {
      const work = newest?.work;
      if (work?.kind !== kind || work.outcome === undefined) {
        throw new Error(`Waiting for the end of the ${kind}: ${work?.sentence ?? 'nothing runs'}`);
      }
      return work;
    },
    { timeout: 90_000, interval: 100 },
  );
}

async function look(): Promise<CalendarGroup[]> {
  await ask('certificates.look', { mayAsk: true });
  expect(await ended('look')).toMatchObject({ outcome: 'done' });
  return (newest?.groups ?? []).filter(({ kind }) => kind === 'host');
}

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  for (const host of both) await lab.mustRun(host, ['rm', '-r', '/etc/pki']);
  folder = await mkdtemp(join(tmpdir(), 'viaduct-certificates-'));
  const home = join(folder, 'home');
  await writeFile(join(folder, 'passphrase'), `${secret}\n`, { mode: 0o600 });
  backend = await createBackend({
    home,
    shell: 'browser',
    version: '0',
    vault: noVault('Not here.'),
    tell: () => undefined,
  });
  client = backend.attach((event, payload) => {
    if (event === 'certificates') newest = payload as CertificatesSnapshot;
  });
  await ask('authorities.create', {
    name: 'View CA',
    key: 'p256',
    days: 900,
    passphrase: secret,
    remember: false,
  });
  const uris = both.map((host) => lab.sshUri(host));
  const deployed = await viaduct(
    ['pki', 'deploy', ...uris, '--passphrase-file', join(folder, 'passphrase'), '--json'],
    { environment: { VIADUCT_HOME: home } },
  );
  expect(deployed.code, deployed.stderr).toBe(0);
  hostIds = [];
  for (const connectUri of uris) hostIds.push((await ask('hosts.add', { connectUri })).hostId);
});

afterAll(async () => {
  client.detach();
  await backend.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the calendar of real hosts', () => {
  it('tells issued, deployed and served certificates, which agree after they were deployed', async () => {
    const groups = await look();
    expect(groups.map(({ owner }) => owner).sort()).toEqual(['alpha.lab', 'beta.lab']);
    for (const { owner, bars, care, problem, hostId } of groups) {
      expect({ owner, care, problem }).toEqual({ owner, care: undefined, problem: undefined });
      expect(hostIds).toContain(hostId);
      const of = (seen: string) =>
        bars.filter((bar) => bar.kind === 'certificate' && bar.seen === seen).length;
      expect([of('issued'), of('deployed'), of('served')], owner).toEqual([4, 4, 1]);
      expect(bars.filter(({ isStale, isRevoked }) => isStale || isRevoked)).toEqual([]);
    }
    expect(newest?.careCount).toBe(0);
  });

  it('tells a file that was replaced by hand, and what the daemon shows instead; renewing mends it', async () => {
    const other = '/etc/pki/libvirt/clientcert.pem';
    await lab.mustRun('alpha', ['cp', other, '/etc/pki/libvirt/servercert.pem']);
    const alpha = (await look()).find(({ owner }) => owner === 'alpha.lab');
    const stale = alpha?.bars.filter(({ isStale }) => isStale).map(({ seen, place }) => `${seen} ${place}`);
    expect(stale?.toSorted()).toEqual(['deployed libvirt server', 'served libvirt server']);
    expect(alpha?.care).toMatchObject({ urgency: 'soon', reason: 'differs' });
    expect(newest?.careCount).toBe(1);

    await ask('certificates.renew', { hostIds: hostIds.slice(0, 1) });
    const { outcome, findings, problem } = await ended('renew');
    expect({ outcome, problem }, JSON.stringify(findings)).toEqual({ outcome: 'done', problem: undefined });
    const mended = newest?.groups.find(({ owner }) => owner === 'alpha.lab');
    expect(mended?.care).toBeUndefined();
    expect(
      new Set(mended?.bars.filter(({ place }) => place === 'libvirt server').map((bar) => bar.fingerprint))
        .size,
    ).toBe(1);
  });

  it('puts no passphrase into what it tells', () => {
    expect(JSON.stringify(newest)).not.toContain(secret);
  });
});
