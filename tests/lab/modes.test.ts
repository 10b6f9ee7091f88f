import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from './lab.ts';
import { modeCases } from './support/mode-cases.ts';
import { type ModeRow, proveMode } from './support/prove-mode.ts';
import { writeModeTable } from './support/mode-table.ts';
import { viaduct } from './support/viaduct.ts';

let lab: Lab;
let home: string;
const rows: ModeRow[] = [];
const passphrase = () => ['--passphrase-file', join(home, 'passphrase')];

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  home = await mkdtemp(join(tmpdir(), 'viaduct-modes-'));
  await writeFile(join(home, 'passphrase'), 'of the authority\n', { mode: 0o600 });
  await trustOneTimeIdentities();
}, 300_000);

afterAll(async () => {
  // `npm run proofs -- modes` keeps the table that the docs show.
  const out = process.env['VIADUCT_MODES_OUT'];
  if (out !== undefined) await writeModeTable(out, rows);
  await rm(home, { recursive: true, force: true });
}, 300_000);

/** One-time identities come from an authority of the app, which both hosts have to trust: it made their certificates. */
async function trustOneTimeIdentities(): Promise<void> {
  const environment = { VIADUCT_HOME: home };
  const create = ['pki', 'create-ca', '--name', 'Modes CA', '--key', 'p256', ...passphrase()];
  const deploy = ['pki', 'deploy', lab.sshUri('alpha'), lab.sshUri('beta'), ...passphrase()];
  for (const args of [create, deploy]) {
    const run = await viaduct(args, { environment });
    expect(run.code, run.stdout + run.stderr).toBe(0);
  }
}

describe('a guest moves there and back, unseen where that is promised, and nothing is left', () => {
  it.each(modeCases.map((one) => [one.what, one] as const))(
    '%s',
    { timeout: 240_000 },
    async (_what, modeCase) => {
      const identity = ['--one-time-identity', ...passphrase()];
      rows.push(await proveMode(lab, modeCase, { VIADUCT_HOME: home }, identity));
    },
  );
});
