import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WizardSnapshot } from '../../../electron/wizard/wizard-snapshot.ts';
import { missing } from '../setup/simulated/tools.ts';
import { SimulatedWizard } from './simulated-wizard.ts';

vi.setConfig({ testTimeout: 120_000 });

let home: string;
let sim: SimulatedWizard;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-wizard-'));
  sim = new SimulatedWizard(home);
  for (const host of [sim.alpha, sim.beta]) host.remove('/etc/pki');
  await sim.open();
});
afterEach(async () => {
  await sim.close();
  rmSync(home, { recursive: true, force: true });
});

const both = ['a', 'b'];
const problems = ({ steps }: WizardSnapshot) =>
  steps.flatMap(({ step, problem }) => (problem ? [{ step, ...problem }] : []));
const choose = () => sim.work((wizard) => wizard.chooseHosts(both));

/** Hosts with certificates, as a run of the wizard left them; keys take their time, so they are made once. */
const templates = mkdtempSync(join(tmpdir(), 'viaduct-wizard-deployed-'));
afterAll(() => rmSync(templates, { recursive: true, force: true }));

/** With owners and modes; what was noted on a host of where its files are is of the new one. */
function copy(from: string, to: string): void {
  execFileSync('cp', ['-aT', from, to]);
  const note = join(to, '.viaduct-undo');
  if (!existsSync(note)) return;
  const text = readFileSync(note, 'utf8').replaceAll(/\/\S*(?=\/etc\/pki)/g, dirname(dirname(to)));
  writeFileSync(note, text);
}

async function deploy(): Promise<WizardSnapshot> {
  await sim.makeAuthority('Test CA');
  await choose();
  await sim.wizard.goTo('certificates');
  return sim.work((wizard) => wizard.deploy());
}

async function deployed(): Promise<WizardSnapshot> {
  const kept = [
    [join(home, 'pki'), join(templates, 'home')],
    [join(sim.alpha.root, 'etc/pki'), join(templates, 'alpha')],
    [join(sim.beta.root, 'etc/pki'), join(templates, 'beta')],
  ] as const;
  if (readdirSync(templates).length === 0) {
    const made = await deploy();
    for (const [from, to] of kept) copy(from, to);
    return made;
  }
  for (const [to, from] of kept) copy(from, to);
  await sim.unlock('Test CA');
  return choose();
}

describe('choosing hosts', () => {
  it.each([
    ['one', ['a'], 'wizard-one-host'],
    ['one twice', ['a', 'a'], 'wizard-one-host'],
    ['one that is not on the board', ['a', 'c'], 'host-unknown'],
  ])('refuses %s', async (_, hostIds, code) => {
    await expect(sim.wizard.chooseHosts(hostIds)).rejects.toMatchObject({ code });
    expect(sim.wizard.snapshot().hosts).toEqual([]);
  });

  it.each([
    [
      'is not root',
      'host-rights',
      () => {
        sim.beta.tool('id', '#!/bin/sh\ncase "$1" in -u) echo 1000;; *) echo ada;; esac\n');
        sim.beta.tool('sudo', missing);
      },
    ],
    [
      'only may be looked at',
      'read-only',
      () => {
        sim.beta.readOnly = { reason: 'beta.sim was added for reading only.' };
      },
    ],
    [
      'has another driver',
      'driver-unsupported',
      () => {
        sim.beta.driver = 'lxc';
      },
    ],
    [
      'is out of reach',
      'internal',
      () => {
        sim.beta.cut = { command: 1, where: 'before' };
      },
    ],
  ] as const)(
    'tells at the host that it %s, with what to do, and the other is seen',
    async (_, code, make) => {
      make();
      const looked = await choose();
      expect(looked.hosts.map(({ look }) => look.state)).toEqual(['seen', 'failed']);
      expect(problems(looked)).toEqual([expect.objectContaining({ step: 'hosts', code, hostId: 'b' })]);
      expect(problems(looked)[0]?.remedy).toBeTruthy();
      expect(looked.step).toBe('hosts');
    },
  );

  it('begins nothing while something else changes hosts', async () => {
    const end = sim.exclusive.take('certificates are being renewed', { changesHosts: true });
    await expect(sim.wizard.chooseHosts(both)).rejects.toMatchObject({ code: 'busy' });
    expect(sim.wizard.snapshot().hosts).toEqual([]);
    end();
    await choose();
    expect(sim.wizard.snapshot().hosts).toHaveLength(2);
  });

  it('can be cancelled, and leaves hosts that were not looked at', async () => {
    await sim.wizard.chooseHosts(both);
    sim.wizard.cancel();
    expect(sim.wizard.snapshot().running).toMatchObject({ cancelling: true, cancellable: false });
    const cancelled = await sim.ended();
    expect(problems(cancelled)).toEqual([]);
    expect(cancelled.hosts.every(({ look }) => look.state === 'waiting' || look.state === 'seen')).toBe(true);
    expect((await sim.work((wizard) => wizard.look())).hosts.map(({ look }) => look.state)).toEqual([
      'seen',
      'seen',
    ]);
  });

  it('tells the certificates that are needed, and takes the only authority there is', async () => {
    await sim.makeAuthority('Test CA');
    const looked = await choose();
    expect(looked).toMatchObject({ authority: 'Test CA', step: 'names' });
    expect(looked.certificates.map(({ state, reasons }) => [state, ...reasons])).toEqual([
      ['needed', 'alpha.sim has no certificates yet.'],
      ['needed', 'beta.sim has no certificates yet.'],
    ]);
    expect(JSON.stringify(looked), 'a password of qemu.conf').not.toContain('planted-secret');
  });
});

describe('certificates', () => {
  it('go to the hosts that need them, and to no other', async () => {
    await deployed();
    sim.beta.remove('/etc/pki/qemu/client-cert.pem');
    const before = sim.alpha.state();
    const looked = await choose();
    expect(looked.certificates[0]?.state).toMatch(/there-already|deployed/);
    expect(looked.certificates[1]?.reasons.join()).toContain('/etc/pki/qemu/client-cert.pem is missing');
    await sim.wizard.goTo('certificates');
    const again = await sim.work((wizard) => wizard.deploy());
    expect(again.certificates[1]?.state).toBe('deployed');
    expect(problems(again)).toEqual([]);
    expect(sim.alpha.state()).toEqual(before);
  });

  it('are asked for again by the host that did not get them', async () => {
    await deployed();
    sim.beta.remove('/etc/pki/libvirt/clientcert.pem');
    await choose();
    await sim.wizard.goTo('certificates');
    sim.beta.tool('mv', missing);
    const failed = await sim.work((wizard) => wizard.deploy());
    expect(failed.certificates[1]?.state).toBe('failed');
    expect(problems(failed)).toEqual([expect.objectContaining({ step: 'certificates', hostId: 'b' })]);
    expect(failed.step).toBe('certificates');
    sim.beta.tool('mv', '#!/bin/sh\nexec /bin/mv "$@"\n');
    const looked = await sim.work((wizard) => wizard.look());
    expect(problems(looked)).toEqual([]);
    expect(looked).toMatchObject({ step: 'certificates', certificates: [{}, { state: 'needed' }] });
    const again = await sim.work((wizard) => wizard.deploy());
    expect(problems(again)).toEqual([]);
    expect(again.certificates[1]?.state).toBe('deployed');
  });

  it('can be taken away again, down to the byte', async () => {
    const before = sim.beta.state();
    expect((await deployed()).certificates.map(({ undoable }) => undoable)).toEqual([true, true]);
    const undone = await sim.work((wizard) => wizard.undoCertificates('b'));
    expect(problems(undone)).toEqual([]);
    expect(undone.certificates[1]).toMatchObject({ state: 'needed', undoable: false });
    expect(sim.beta.state()).toEqual(before);
    const again = await sim.work((wizard) => wizard.undoCertificates('b'));
    expect(problems(again)).toEqual([
      expect.objectContaining({ step: 'certificates', code: 'deploy-nothing-to-undo', hostId: 'b' }),
    ]);
  });

  it('wait for the authority to be unlocked', async () => {
    await sim.makeAuthority('Test CA');
    await sim.makeAuthority('Other CA');
    await choose();
    await sim.work((wizard) => wizard.chooseAuthority('Test CA'));
    await expect((async () => sim.wizard.deploy())()).rejects.toMatchObject({ code: 'authority-locked' });
    expect(sim.alpha.ran.flat().join(' ')).not.toContain('stage');
  });

  it('are cancelled as a whole before one is in use', async () => {
    await sim.makeAuthority('Test CA');
    await choose();
    await sim.wizard.goTo('certificates');
    await sim.wizard.deploy();
    sim.wizard.cancel();
    const cancelled = await sim.ended();
    expect(problems(cancelled)).toEqual([]);
    expect(cancelled.certificates.map(({ state }) => state)).toEqual(['needed', 'needed']);
  });
});

describe('changes of a host', () => {
  it('are taken back by themselves when its daemon does not start with them, and say so', async () => {
    await deployed();
    await sim.wizard.goTo('changes');
    sim.alpha.poison('^default_tls_x509_verify = 1');
    const before = sim.alpha.state();
    const failed = await sim.work((wizard) => wizard.applyChanges());
    expect(problems(failed)).toEqual([]);
    expect(failed.changes[0]).toMatchObject({ state: 'rolled-back', progress: undefined });
    expect(failed.changes[0]?.sentence).toContain('alpha.sim is as it was before.');
    expect(failed.changes[1]?.state, 'the next host is not touched').toBe('needed');
    expect(sim.alpha.state()).toEqual(before);
    expect(failed.steps.find(({ step }) => step === 'changes')?.state).toBe('failed');
  });

  it('that were cut off are told, kept over a restart, and gone on with', async () => {
    await deployed();
    await sim.wizard.goTo('changes');
    const planned = sim.wizard.snapshot().changes.map(({ changes }) => changes.length);
    sim.alpha.cut = { tools: 6 };
    const cutOff = await sim.work((wizard) => wizard.applyChanges());
    expect(cutOff.changes[0]).toMatchObject({ state: 'unfinished', undoable: true });
    const [problem] = problems(cutOff);
    expect(problem).toMatchObject({ step: 'changes', code: 'setup-interrupted', hostId: 'a' });
    expect(problem?.remedy).not.toContain('viaduct');

    sim.alpha.reconnect();
    await sim.wizard.close();
    await sim.open();
    const looked = await sim.work((wizard) => wizard.look());
    expect(looked.step).toBe('changes');
    expect(looked.changes[0]).toMatchObject({ state: 'unfinished' });
    const applied = await sim.work((wizard) => wizard.applyChanges());
    expect(applied.changes.map(({ state }) => state)).toEqual(['applied', 'applied']);
    expect(problems(applied)).toEqual([]);
    expect(planned.every((count) => count > 0)).toBe(true);
  });

  it('can be taken back after they were made', async () => {
    await deployed();
    await sim.wizard.goTo('changes');
    const before = sim.alpha.state();
    await sim.work((wizard) => wizard.applyChanges());
    expect(sim.alpha.state()).not.toEqual(before);
    const undone = await sim.work((wizard) => wizard.undoChanges('a'));
    expect(undone.changes[0]).toMatchObject({ state: 'needed', sentence: 'alpha.sim is as it was before.' });
    expect(sim.alpha.state()).toEqual(before);
  });

  it('are not begun while something is in the way on any host', async () => {
    await sim.makeAuthority('Test CA');
    await choose();
    await expect((async () => sim.wizard.applyChanges())()).rejects.toMatchObject({ code: 'wizard-not-yet' });
  });

  it('let only known hosts in on request, once these have certificates to be known by', async () => {
    await sim.makeAuthority('Test CA');
    const { wishes } = await choose();
    const early = await sim.work((wizard) => wizard.setWishes({ ...wishes, allowOnlyKnown: true }));
    expect(early.changes[0]?.obstacles[0]).toMatchObject({
      message: expect.stringContaining('alpha.sim has no client certificate') as unknown,
      remedy: expect.stringContaining('at the step "Certificates"') as unknown,
    });
    const known = await deployed();
    const [alpha] = known.changes;
    expect(alpha?.obstacles).toEqual([]);
    expect(alpha?.changes.map(({ diff }) => diff).join()).toMatch(/\+tls_allowed_dn_list = .*alpha\.sim/);
    expect(alpha?.changes.map(({ diff }) => diff).join()).toMatch(/beta\.sim/);
  });

  it('follow the wishes without asking a host', async () => {
    await deployed();
    const { wishes, changes } = sim.wizard.snapshot();
    const asked = sim.alpha.ran.length;
    await sim.wizard.setWishes({ ...wishes, listener: false });
    const fewer = sim.wizard.snapshot().changes;
    expect(changes[0]?.changes.at(-1)?.commands.join()).toContain('libvirtd-tls.socket');
    expect(fewer[0]?.changes.at(-1)?.commands.join()).not.toContain('libvirtd-tls.socket');
    expect(sim.alpha.ran).toHaveLength(asked);
  });
});

describe('what is kept', () => {
  it('finds a host again that was taken off the board and added anew', async () => {
    await choose();
    await sim.work((wizard) => wizard.setNames('b', ['beta.sim', 'b.example']));
    await sim.wizard.close();
    sim.board.delete('b');
    sim.board.set('new', sim.beta);
    const asked = sim.alpha.ran.length;
    await sim.open();
    const { hosts, names } = sim.wizard.snapshot();
    expect(hosts.map(({ hostId }) => hostId)).toEqual(['a', 'new']);
    expect(names).toContainEqual(expect.objectContaining({ hostId: 'new' }));
    expect(sim.alpha.ran, 'nobody is looked at by itself').toHaveLength(asked);
  });

  it('says of a host that is gone what to do', async () => {
    await choose();
    await sim.wizard.close();
    sim.board.delete('b');
    await sim.open();
    const looked = await sim.work((wizard) => wizard.look());
    expect(problems(looked)).toEqual([expect.objectContaining({ code: 'host-unknown', hostId: 'b' })]);
  });

  it('begins anew, and says so, where it cannot be read', async () => {
    await sim.wizard.close();
    writeFileSync(join(home, 'wizard.json'), '{"version":1,');
    await sim.open();
    expect(problems(sim.wizard.snapshot())).toEqual([
      expect.objectContaining({ code: 'wizard-file-damaged' }),
    ]);
    expect(problems(await choose())).toEqual([]);
  });

  it('leaves what a newer version kept alone', async () => {
    await sim.wizard.close();
    const newer = '{"version":2}';
    writeFileSync(join(home, 'wizard.json'), newer);
    await sim.open();
    await expect(sim.wizard.chooseHosts(both)).rejects.toMatchObject({ code: 'wizard-file-newer' });
    await sim.wizard.close();
    expect(readFileSync(join(home, 'wizard.json'), 'utf8')).toBe(newer);
  });

  it('holds no secret, and neither does any snapshot', async () => {
    await deployed();
    await sim.wizard.goTo('changes');
    await sim.work((wizard) => wizard.applyChanges());
    const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
    const kept = files.map((item) => readFileSync(join(item.parentPath, item.name), 'utf8')).join('\n');
    const told = JSON.stringify(sim.snapshots);
    for (const secret of ['planted-secret', 'planted-passphrase']) {
      expect(kept).not.toContain(secret);
      expect(told).not.toContain(secret);
    }
    expect(told).not.toContain('PRIVATE KEY');
  });
});

describe('the password for sudo', () => {
  const sudo = `#!/bin/sh
[ "$1" = -n ] && { echo "sudo: a password is required" >&2; exit 1; }
read -r given
[ "$given" = planted-sudo ] || { echo "Sorry, try again." >&2; exit 1; }
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
`;

  it('is asked for once for each host, and again after the wizard began anew', async () => {
    let asked = 0;
    await sim.wizard.close();
    sim.prompts = {
      interactive: true,
      askSudoPassword: () => {
        asked += 1;
        return Promise.resolve('planted-sudo');
      },
    };
    await sim.open();
    for (const host of [sim.alpha, sim.beta]) {
      host.tool('id', '#!/bin/sh\ncase "$1" in -u) echo 1000;; *) echo ada;; esac\n');
      host.tool('sudo', sudo);
    }
    await deployed();
    await sim.wizard.goTo('changes');
    await sim.work((wizard) => wizard.applyChanges());
    expect(asked).toBe(2);
    await sim.wizard.reset();
    await choose();
    expect(asked).toBe(4);
    expect(JSON.stringify(sim.snapshots)).not.toContain('planted-sudo');
  });
});
