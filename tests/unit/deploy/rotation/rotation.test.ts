import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../../../electron/common/host/sudo-prompts.ts';
import { chooseAuthority } from '../../../../electron/deploy/choose-authority.ts';
import { deploy } from '../../../../electron/deploy/deploy.ts';
import { DeployedHosts } from '../../../../electron/deploy/deployed-hosts.ts';
import type { PkiFinding } from '../../../../electron/deploy/pki-finding.ts';
import type { PkiHost } from '../../../../electron/deploy/pki-host.ts';
import { bringTrust } from '../../../../electron/deploy/rotation/bring-trust.ts';
import { finishRotation } from '../../../../electron/deploy/rotation/finish-rotation.ts';
import { moveToSuccessor } from '../../../../electron/deploy/rotation/move-to-successor.ts';
import { beginRotation, findRotation } from '../../../../electron/deploy/rotation/rotation.ts';
import { rotationState, type RotationState } from '../../../../electron/deploy/rotation/rotation-state.ts';
import { treesOf } from '../../../../electron/deploy/trees.ts';
import { AuthorityStore } from '../../../../electron/pki/authority-store.ts';
import { parseCertificates } from '../../../../electron/pki/certificate.ts';
import { Passphrase } from '../../../../electron/pki/passphrase.ts';
import { revokeCertificates } from '../../../../electron/pki/revoke.ts';
import { unlockAuthority, type UnlockedAuthority } from '../../../../electron/pki/unlocked-authority.ts';
import { inspectCredentials } from '../../../../electron/pki/verify.ts';
import { issueNew } from '../../pki/authorities.ts';
import { NamedHost } from '../support-hosts.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-rotation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const passphrase = new Passphrase('x');
const trees = treesOf('/etc/pki/qemu', 64_055);
const options = { prompts: noSudoPrompts };
let home: string;
let store: AuthorityStore;
let known: DeployedHosts;
let old: UnlockedAuthority;
let alpha: NamedHost;
let beta: NamedHost;
let findings: PkiFinding[];
const report = (finding: PkiFinding): unknown => findings.push(finding);

beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  store = new AuthorityStore(home);
  known = new DeployedHosts(home);
  old = await unlockAuthority(await store.create({ name: 'Old CA', key: 'p256', passphrase }), passphrase);
  alpha = new NamedHost('alpha.sim', 'a');
  beta = new NamedHost('beta.sim', 'b');
  findings = [];
  await deploy([alpha.asHost, beta.asHost], { store, unlocked: old, known }, () => undefined, options);
});
afterEach(() => {
  old.lock();
  alpha[Symbol.dispose]();
  beta[Symbol.dispose]();
});

const reach = (name: string) =>
  Promise.resolve([alpha, beta].find((host) => host.asHost.name === name)?.asHost);

async function look(): Promise<RotationState> {
  return rotationState(await findRotation(store, undefined), reach, options);
}

function opened({ hosts }: RotationState, ...names: string[]): PkiHost[] {
  return hosts.flatMap(({ host, opened }) => (opened && names.includes(host) ? [opened] : []));
}

async function trust(...names: string[]): Promise<void> {
  const rotation = await findRotation(store, undefined);
  await bringTrust(opened(await look(), ...names), rotation, known, report, options);
}

async function move(successor: UnlockedAuthority, ...names: string[]): Promise<number> {
  const state = await look();
  const rotation = await findRotation(store, undefined);
  const tools = { unlocked: successor, known, state };
  return (await moveToSuccessor(opened(state, ...names), rotation, tools, report, options)).length;
}

/** What one host's files say about the certificates of another, in both trees. */
function refusals(of: NamedHost, by: NamedHost): string[] {
  return trees.places.flatMap(({ tree, purpose, certificate }) => {
    const ca = by.read(trees.authorities.find((file) => file.tree === tree)?.path ?? '');
    const { problems } = inspectCredentials({
      ca,
      cert: of.read(certificate.path),
      purpose,
      now: new Date(),
    });
    return problems.map(({ code }) => `${tree} ${purpose}: ${code}`);
  });
}

function expectTrustBothWays(when: string): void {
  expect([...refusals(alpha, beta), ...refusals(beta, alpha)], when).toEqual([]);
}

const labels = (host: NamedHost): string[] =>
  trees.authorities.map(({ path }) => {
    return parseCertificates(host.read(path))
      .map(({ label }) => label)
      .join(', ');
  });

describe('a change of authority', () => {
  it('keeps hosts trusting each other at every moment, and ends with the new one alone', async () => {
    const { successor } = await beginRotation(store, undefined, { key: 'p256', passphrase });
    const unlocked = await unlockAuthority(successor, passphrase);
    const stages: string[] = [];
    const step = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      await work();
      expectTrustBothWays(what);
      stages.push(`${what}: ${(await look()).stage}`);
    };
    await step('begun', () => Promise.resolve());
    expect((await chooseAuthority(store, undefined)).name).toBe('Old CA');
    await step('alpha trusts', () => trust('alpha.sim'));
    await expect(move(unlocked, 'alpha.sim')).rejects.toMatchObject({
      code: 'rotation-too-early',
      message: expect.stringContaining('beta.sim does not trust both') as string,
    });
    await step('alpha is deployed to', () =>
      deploy([alpha.asHost], { store, unlocked: old, known }, () => undefined, options),
    );
    await step('beta trusts', () => trust('beta.sim'));
    await step('alpha moves', () => move(unlocked, 'alpha.sim'));
    expect((await chooseAuthority(store, undefined)).name).toBe('Old CA 2');
    const early = await look();
    const rotation = await findRotation(store, undefined);
    const finish = (state: RotationState) =>
      finishRotation(rotation, { unlocked, known, state }, report, options);
    await expect(finish(early)).rejects.toMatchObject({
      code: 'rotation-too-early',
      message: expect.stringContaining('beta.sim would be shut out') as string,
    });
    await step('beta moves', () => move(unlocked, 'beta.sim'));
    expect(labels(alpha)).toEqual(Array(2).fill('Old CA, Old CA 2'));
    await step('finished', async () => finish(await look()));
    expect(stages).toEqual([
      'begun: trust',
      'alpha trusts: trust',
      'alpha is deployed to: trust',
      'beta trusts: certificates',
      'alpha moves: certificates',
      'beta moves: finish',
      'finished: done',
    ]);
    expect([...labels(alpha), ...labels(beta)]).toEqual(Array(4).fill('Old CA 2'));
    expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
    unlocked.lock();
  });

  it('goes on with the finish where a host could not be told', async () => {
    const { successor } = await beginRotation(store, undefined, { key: 'p256', passphrase });
    const unlocked = await unlockAuthority(successor, passphrase);
    await trust('alpha.sim', 'beta.sim');
    await move(unlocked, 'alpha.sim', 'beta.sim');
    const state = await look();
    beta.unplug();
    const finish = async (at: RotationState) =>
      finishRotation(await findRotation(store, undefined), { unlocked, known, state: at }, report, options);
    await finish(state);
    expect(findings.filter(({ level }) => level === 'error')).toMatchObject([
      { id: 'pki.rotation.trust', host: 'beta.sim' },
    ]);
    const interrupted = await look();
    expect(interrupted).toMatchObject({ stage: 'finish', hosts: [{}, { host: 'beta.sim' }] });
    beta.reconnect();
    expectTrustBothWays('half finished');
    await finish(await look());
    expect((await look()).stage).toBe('done');
    unlocked.lock();
  });

  it('takes no host that cannot be looked at for one that trusts', async () => {
    await beginRotation(store, undefined, { key: 'p256', passphrase });
    await trust('alpha.sim', 'beta.sim');
    beta.unplug();
    expect(await look()).toMatchObject({
      stage: 'trust',
      hosts: [{ trustsAll: true }, { host: 'beta.sim', problem: 'the link was cut' }],
    });
    const lost = await rotationState(
      await findRotation(store, undefined),
      () => Promise.resolve(undefined),
      options,
    );
    expect(lost.hosts[0]?.problem).toBe('how to reach it is not known here');
  });

  it('brings the lists of both, and leaves other authorities and their lists alone', async () => {
    const foreign = await store.create({ name: 'Foreign CA', key: 'p256', passphrase });
    const foreignKey = await unlockAuthority(foreign, passphrase);
    const ofForeign = await issueNew(foreignKey, { host: 'x' });
    const foreignList = await revokeCertificates(foreignKey, [ofForeign.entry.serial], 'unspecified');
    foreignKey.lock();
    const { successor } = await beginRotation(store, 'Old CA', { key: 'p256', passphrase });
    const unlocked = await unlockAuthority(successor, passphrase);
    const lost = await issueNew(old, { host: 'y', purposes: ['client'] });
    const list = await revokeCertificates(old, [lost.entry.serial], 'keyCompromise');
    alpha.write('/etc/pki/CA/cacert.pem', alpha.read('/etc/pki/CA/cacert.pem') + foreign.certificate.pem);
    alpha.write('/etc/pki/CA/cacrl.pem', foreignList);

    await trust('alpha.sim', 'beta.sim');
    expect(labels(alpha)).toEqual(['Old CA 2, Old CA, Foreign CA', 'Old CA 2, Old CA']);
    expect(alpha.read('/etc/pki/CA/cacrl.pem')).toBe(list + foreignList);
    expect(beta.read('/etc/pki/CA/cacrl.pem')).toBe(list);
    await trust('alpha.sim');
    expect(alpha.read('/etc/pki/CA/cacrl.pem'), 'once more').toBe(list + foreignList);

    await move(unlocked, 'alpha.sim', 'beta.sim');
    const rotation = await findRotation(store, undefined);
    await finishRotation(rotation, { unlocked, known, state: await look() }, report, options);
    expect(labels(alpha)).toEqual(['Old CA 2, Foreign CA', 'Old CA 2']);
    expect(alpha.read('/etc/pki/CA/cacrl.pem')).not.toContain(list);
    expect(alpha.read('/etc/pki/CA/cacrl.pem')).toContain(foreignList);
    unlocked.lock();
  });

  it('names workstations that have a certificate of the old one alone', async () => {
    await issueNew(old, { host: 'desk', usedBy: 'libvirt', purposes: ['client'] });
    const { successor } = await beginRotation(store, undefined, { key: 'p256', passphrase });
    expect((await look()).clients).toEqual(['desk']);
    const unlocked = await unlockAuthority(successor, passphrase);
    await issueNew(unlocked, { host: 'desk', usedBy: 'libvirt', purposes: ['client'] });
    unlocked.lock();
    expect((await look()).clients).toEqual([]);
  });

  it('is one at a time, and is found by either name', async () => {
    await expect(findRotation(store, undefined)).rejects.toMatchObject({ code: 'rotation-none' });
    await beginRotation(store, undefined, { name: 'New', key: 'p256', passphrase });
    await expect(beginRotation(store, 'New', { key: 'p256', passphrase })).rejects.toMatchObject({
      code: 'rotation-unfinished',
    });
    await expect(beginRotation(store, 'Old CA', { key: 'p256', passphrase })).rejects.toMatchObject({
      code: 'authority-replaced',
    });
    for (const name of [undefined, 'New', 'Old CA']) {
      expect((await findRotation(store, name)).successor.name).toBe('New');
    }
    await store.create({ name: 'Second', key: 'p256', passphrase });
    await beginRotation(store, 'Second', { key: 'p256', passphrase });
    await expect(findRotation(store, undefined)).rejects.toMatchObject({ code: 'rotation-ambiguous' });
    expect((await findRotation(store, 'Second')).successor.name).toBe('Second 2');
  });
});
