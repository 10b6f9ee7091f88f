import { beforeAll, describe, expect, it } from 'vitest';
import { canaryBytes, Lab } from './lab.ts';
import { expectRunsOn, guestLine } from './support/guest-proof.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});

const toBeta = () => [
  ...['migrate', 'web01', '--json'],
  ...['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')],
];
const toAlpha = () => [
  ...['migrate', 'web01', '--json'],
  ...['--source', lab.sshUri('beta'), '--destination', lab.sshUri('alpha')],
];

/** How often the guest's canary is seen on the bridge while `move` runs. */
async function canaryCount(move: () => Promise<ViaductRun>): Promise<{ count: number; run: ViaductRun }> {
  await using capture = await lab.capture();
  const run = await move();
  const seen = await capture.stop();
  expect(seen.packets).toBeGreaterThan(1000);
  expect(seen.dropped, 'packets that the capture missed').toBe(0);
  return { count: await seen.count(canaryBytes), run };
}

describe('what a listener on the bridge sees of the guest', () => {
  it('nothing of its memory in native TLS', async () => {
    const before = await guestLine(lab, 'web01', 'alpha');
    const { count, run } = await canaryCount(() => viaduct(toBeta()));
    expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', mode: 'native-tls' });
    expect(count, 'canaries on the wire').toBe(0);
    await expectRunsOn(lab, 'beta', 'web01', before);
  });

  it('refuses to send it in the clear without consent, and touches nothing', async () => {
    const run = await viaduct([...toAlpha(), '--mode', 'plain']);
    expect(run.code).toBe(3);
    expect(run.result).toMatchObject({ outcome: 'refused', error: { code: 'policy.plaintext' } });
    expect(run.lines.some(({ type }) => type === 'phase')).toBe(false);
    expect(await lab.whereRuns('web01')).toMatchObject({ beta: 'running' });
  });

  it('its memory when it is sent in the clear with consent: the control that the search finds it', async () => {
    const before = await guestLine(lab, 'web01', 'beta');
    const { count, run } = await canaryCount(() =>
      viaduct([...toAlpha(), '--mode', 'plain', '--allow-plaintext']),
    );
    expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', mode: 'plain' });
    const memory = run.lines.find(({ name }) => name === 'memory and device state');
    expect(memory).toMatchObject({ encrypted: false, authenticated: false });
    expect(count, 'canaries on the wire').toBeGreaterThan(100);
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });
});
