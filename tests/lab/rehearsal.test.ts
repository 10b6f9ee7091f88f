import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hosts, Lab, type HostName } from './lab.ts';
import type { CertificateOptions } from './pki.ts';
import { expectRunsOn, guestLine } from './support/guest-proof.ts';
import { viaduct, type JsonLine, type ViaductOptions, type ViaductRun } from './support/viaduct.ts';

vi.setConfig({ testTimeout: 60_000 });

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
beforeEach(expectNothingLeft);

function rehearse(options: ViaductOptions = {}, transport: 'ssh' | 'tls' = 'ssh'): Promise<ViaductRun> {
  const uri = (host: HostName): string => (transport === 'ssh' ? lab.sshUri(host) : lab.tlsUri(host));
  return viaduct(['pki', 'rehearse', uri('alpha'), uri('beta'), '--json'], options);
}

const guestsOn = async (host: HostName): Promise<string[]> =>
  (await lab.virsh(host, ['list', '--all', '--name'])).split('\n').filter(Boolean).toSorted();

async function expectNothingLeft(): Promise<void> {
  expect(await guestsOn('alpha')).toEqual(['db01', 'web01']);
  expect(await guestsOn('beta')).toEqual([]);
}

/** The last line; there must be no other of its kind. */
function ending({ lines, stdout, stderr }: ViaductRun): JsonLine | undefined {
  const last = lines.at(-1);
  expect(last?.type, stdout + stderr).toBe('rehearsal');
  expect(lines.filter(({ type }) => type === 'rehearsal')).toHaveLength(1);
  return last;
}

/** Does it once, at the first line that fits. */
function at(
  fields: Partial<JsonLine>,
  act: (interrupt: (signal?: NodeJS.Signals) => void) => void,
): ViaductOptions {
  let isDone = false;
  return {
    onLine: (line, interrupt) => {
      if (isDone || Object.entries(fields).some(([name, value]) => line[name] !== value)) return;
      isDone = true;
      act(interrupt);
    },
  };
}

/** A guest of the admin's that has the name of a throw-away guest and no more. */
async function startLookalike(name: string): Promise<AsyncDisposable> {
  const file = `/run/${name}.xml`;
  await lab.mustRun('beta', ['tee', file], {
    stdin: `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
      <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features></domain>`,
  });
  await lab.virsh('beta', ['create', file, '--paused']);
  return {
    [Symbol.asyncDispose]: async () => {
      await lab.virsh('beta', ['destroy', name]);
    },
  };
}

describe('a rehearsal', () => {
  it('moves a guest there and back, encrypted, after one that was killed; nothing else is touched', async () => {
    const lookalike = 'viaduct-rehearsal-0badcafe';
    await using undo = new AsyncDisposableStack();
    undo.use(await startLookalike(lookalike));
    const before = await guestLine(lab, 'web01', 'alpha');

    const killed = await rehearse(at({ type: 'check', way: 'back' }, (interrupt) => interrupt('SIGKILL')));
    expect(killed.lines.some(({ type }) => type === 'rehearsal')).toBe(false);
    const left = (await guestsOn('beta')).filter((name) => name !== lookalike);
    expect(left).toEqual([expect.stringMatching(/^viaduct-rehearsal-[0-9a-f]{8}$/)]);

    const run = await rehearse();
    expect(ending(run), run.stderr).toMatchObject({
      outcome: 'passed',
      percent: 100,
      leftovers: [],
      directions: [
        { way: 'there', from: 'alpha.lab', to: 'beta.lab', outcome: 'migrated', findings: [] },
        { way: 'back', from: 'beta.lab', to: 'alpha.lab', outcome: 'migrated', findings: [] },
      ],
    });
    expect(run.code).toBe(0);
    expect(run.stderr).toContain(
      `Removing ${String(left[0])} from ${hosts.beta.fqdn}; an earlier rehearsal left it there.`,
    );
    const phases = run.lines.filter(({ type, state }) => type === 'phase' && state === 'begin');
    expect(phases.map(({ way, phase }) => `${String(way)} ${String(phase)}`)).toEqual(
      ['there', 'back'].flatMap((way) =>
        ['begin', 'prepare', 'perform', 'finish', 'confirm'].map((phase) => `${way} ${phase}`),
      ),
    );
    const memory = run.lines.filter(({ name }) => name === 'memory and device state');
    expect(memory.map(({ encrypted, authenticated }) => [encrypted, authenticated])).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(await guestsOn('alpha')).toEqual(['db01', 'web01']);
    expect(await guestsOn('beta')).toEqual([lookalike]);
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });

  const wrongName: CertificateOptions = {
    purposes: ['qemu'],
    names: ['gamma.lab'],
    addresses: ['203.0.113.9'],
  };
  it.each([
    ['refused where the checks can see it', 'ssh', 'refused', 'tls.destination.name', 3],
    ['failed where only the move shows it', 'tls', 'failed', 'migration.tls.name', 4],
  ] as const)(
    'with a certificate for another name is %s',
    async (_what, transport, outcome, code, exitCode) => {
      await using undo = new AsyncDisposableStack();
      undo.defer(() => lab.restoreHostCertificates('beta'));
      await lab.issueHostCertificates('beta', wrongName);
      const run = await rehearse({}, transport);
      expect(ending(run), run.stderr).toMatchObject({
        outcome,
        problem: { code, remedy: expect.any(String) as string },
        leftovers: [],
      });
      expect(run.code).toBe(exitCode);
      await expectNothingLeft();
    },
  );

  it.each<[string, Partial<JsonLine>]>([
    ['in the middle of the move', { type: 'phase', way: 'there', phase: 'perform' }],
    ['when its guest is on the other host', { type: 'check', way: 'back' }],
  ])('that is cancelled %s leaves nothing', async (_when, line) => {
    const run = await rehearse(at(line, (interrupt) => interrupt()));
    expect(ending(run), run.stderr).toMatchObject({ outcome: 'cancelled', leftovers: [] });
    expect(run.code).toBe(5);
    await expectNothingLeft();
  });
});
