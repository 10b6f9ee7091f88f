import assert from 'node:assert/strict';
import { canaryBytes, db01Pattern, guests, type HostName, type Lab } from '../lab.ts';
import { expectRunsOn, guestLine, otherHost } from './guest-proof.ts';
import { hostFingerprint, leftovers } from './host-fingerprint.ts';
import type { ModeCase } from './mode-cases.ts';
import { viaduct, type ViaductRun } from './viaduct.ts';

/** What was seen of one case. Whatever does not hold is thrown, so a row that is there has held. */
export interface ModeRow {
  what: string;
  mode: string;
  control: string;
  /** Streams of the plan that are in the clear. */
  inTheClear: string[];
  thereMs: number;
  backMs: number;
  pauseMs: number;
  /** How often the canaries of memory and disk were seen on the bridge, on the way there. */
  memorySeen: number;
  diskSeen: number | undefined;
}

/** A part of what db01's disk holds: long enough that chance does not bring it about. */
const diskCanary = new Uint8Array(512).fill(db01Pattern[0].byte);

/**
 * Moves a guest there and back with a capture on the bridge, and holds both moves to what they owe: exactly one host
 * runs it, it counts on with its memory intact, its disk holds what it held, and nothing is left on either host.
 */
export async function proveMode(
  lab: Lab,
  modeCase: ModeCase,
  environment: NodeJS.ProcessEnv,
  identityArgs: readonly string[],
): Promise<ModeRow> {
  const { what, guest, mode, control } = modeCase;
  const args = [...modeCase.args, ...(modeCase.oneTimeIdentity ? identityArgs : [])];
  const before = await seen(lab);
  const there = await moved(lab, 'alpha', modeCase, args, environment);
  const clear = there.run.lines
    .filter(({ type, encrypted }) => type === 'stream' && encrypted === false)
    .map(({ name }) => String(name));
  if (mode === 'plain') {
    assert.ok(there.memorySeen > 0, 'the capture finds the memory where it is in the clear');
  } else {
    assert.deepEqual(clear, [], 'streams in the clear');
    assert.equal(there.memorySeen, 0, 'canaries of memory on the wire');
  }
  if (there.diskSeen !== undefined) {
    assert.equal(there.diskSeen > 0, mode === 'plain', `canaries of the disk on the wire: ${there.diskSeen}`);
  }
  const back = await moved(lab, 'beta', modeCase, args, environment);
  const { disk } = guests[guest];
  // The files of copied disks stay where they were, as the plan says: they are the admin's.
  if (disk !== undefined) await lab.virsh('beta', ['vol-delete', disk]);
  assert.deepEqual(await seen(lab), before, 'something is left on a host');
  return {
    ...{ what, mode, control, inTheClear: clear },
    ...{ thereMs: there.totalMs, backMs: back.totalMs, pauseMs: there.pauseMs },
    ...{ memorySeen: there.memorySeen, diskSeen: there.diskSeen },
  };
}

async function seen(lab: Lab) {
  const ofHost = async (host: HostName) => ({
    fingerprint: withoutDefinitions(await hostFingerprint(lab, host)),
    leftovers: await leftovers(lab, host),
  });
  return { alpha: await ofHost('alpha'), beta: await ofHost('beta') };
}

/** The daemon writes the guest's own definition anew each time it arrives; virsh names what is defined. */
function withoutDefinitions(fingerprint: string): string {
  const isDefinition = (line: string): boolean => /^\/etc\/libvirt\/qemu(\/[^/ ]+\.xml)? /.test(line);
  return fingerprint
    .split('\n')
    .filter((line) => !isDefinition(line))
    .join('\n');
}

interface Move {
  run: ViaductRun;
  totalMs: number;
  pauseMs: number;
  memorySeen: number;
  diskSeen: number | undefined;
}

async function moved(
  lab: Lab,
  from: HostName,
  { guest, mode, control }: ModeCase,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Move> {
  const to = otherHost(from);
  const before = await guestLine(lab, guest, from);
  await using capture = await lab.capture();
  const uris = ['--source', lab.sshUri(from), '--destination', lab.sshUri(to)];
  const run = await viaduct(['migrate', guest, '--json', ...uris, ...args], { environment });
  const packets = await capture.stop();
  const { result } = run;
  assert.equal(result?.['outcome'], 'migrated', `${run.stdout}${run.stderr}`);
  assert.equal(run.code, 0);
  assert.deepEqual([result['mode'], result['control'], result['runningOn']], [mode, control, 'destination']);
  assert.equal(packets.dropped, 0, 'packets that the capture missed');
  await expectRunsOn(lab, to, guest, before);
  const { disk } = guests[guest];
  if (disk !== undefined) await expectPattern(lab, to, disk);
  return {
    run,
    totalMs: Number(result['totalMs']),
    pauseMs: Number(result['downtimeMs']),
    memorySeen: await packets.count(canaryBytes),
    diskSeen: disk === undefined ? undefined : await packets.count(diskCanary),
  };
}

/** By QEMU's own tool, while the guest runs. */
async function expectPattern(lab: Lab, host: HostName, disk: string): Promise<void> {
  const reads = db01Pattern.flatMap(({ offsetMiB, lengthMiB, byte }) => [
    '-c',
    `read -P ${byte} ${offsetMiB}M ${lengthMiB}M`,
  ]);
  const said = await lab.mustRun(host, ['qemu-io', '-r', '-U', '-f', 'qcow2', ...reads, disk]);
  assert.doesNotMatch(said, /Pattern verification failed/, 'the disk holds something else');
}
