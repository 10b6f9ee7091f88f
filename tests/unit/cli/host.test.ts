import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { planText } from '../../../electron/cli/commands/host/plan-report.ts';
import { runHostInspect } from '../../../electron/cli/commands/host/inspect.ts';
import { runHostPrepare } from '../../../electron/cli/commands/host/prepare.ts';
import type { PrepareRequest } from '../../../electron/cli/commands/host/request.ts';
import { runHostUndo } from '../../../electron/cli/commands/host/undo.ts';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { Password } from '../../../electron/common/password.ts';
import { defaultWishes } from '../../../electron/setup/plan/setup-plan.ts';
import { SimulatedHost } from '../setup/simulated/simulated-host.ts';

let home: string;
let out: string;
let err: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-cli-host-'));
  out = err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += String(text))));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((err += String(text))));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

function request(changes: Partial<PrepareRequest> = {}): PrepareRequest {
  const { signal } = new AbortController();
  const wishes = { ...defaultWishes, firewall: false };
  return {
    home,
    json: true,
    yes: true,
    signal,
    prompts: noSudoPrompts,
    confirm: undefined,
    wishes,
    allowOnlyKnown: false,
    ...changes,
  };
}

const lastLine = () => JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;

describe('viaduct host', () => {
  it('asks for --yes where nobody can be asked, and touches nothing', async () => {
    using host = new SimulatedHost();
    const before = host.state();
    expect(await runHostPrepare([host], request({ yes: false }))).toBe(3);
    expect(err).toContain('--yes');
    expect(lastLine()).toMatchObject({ type: 'result', outcome: 'refused' });
    expect(await runHostPrepare([host], request({ yes: false, confirm: () => Promise.resolve(false) }))).toBe(
      3,
    );
    expect(host.state()).toEqual(before);
  });

  it('prepares, finds nothing to do, undoes, and then has nothing to undo', async () => {
    using host = new SimulatedHost();
    const before = host.state();
    expect(await runHostPrepare([host], request({ yes: false, confirm: () => Promise.resolve(true) }))).toBe(
      0,
    );
    expect(lastLine()).toMatchObject({ outcome: 'prepared', hosts: ['alpha.sim'] });
    expect(await runHostPrepare([host], request())).toBe(0);
    expect(lastLine()).toMatchObject({ outcome: 'unchanged' });
    expect(await runHostUndo(host, request())).toBe(0);
    expect(lastLine()).toMatchObject({ outcome: 'undone' });
    expect(host.state()).toEqual(before);
    expect(await runHostUndo(host, request())).toBe(2);
  });

  it('needs a person where the link breaks, and goes on when it is called again', async () => {
    using host = new SimulatedHost();
    await runHostPrepare([host], request({ yes: false }));
    const commands = host.ran.length;
    host.reconnect();
    host.cut = { command: commands + 9, where: 'after' };
    expect(await runHostPrepare([host], request())).toBe(6);
    expect(lastLine()).toMatchObject({ outcome: 'stuck', error: { code: 'setup-interrupted' } });
    host.reconnect();
    expect(await runHostPrepare([host], request({ yes: false }))).toBe(3);
    expect(await runHostPrepare([host], request())).toBe(0);
    expect(host.isUnit('libvirtd-tls.socket', 'active')).toBe(true);
  });

  it('ends with 4 where the host is as before because the daemon did not start', async () => {
    using host = new SimulatedHost();
    const before = host.state();
    host.poison('^default_tls_x509_verify');
    expect(await runHostPrepare([host], request())).toBe(4);
    expect(lastLine()).toMatchObject({ outcome: 'failed' });
    expect(host.state()).toEqual(before);
  });

  it('gives each host the login at the others and at further peers, and shows it without the password', async () => {
    using alpha = new SimulatedHost();
    const migrationLogin = {
      user: 'mover',
      password: new Password('pl4nted'),
      peers: ['beta.lab', alpha.name],
    };
    expect(await runHostPrepare([alpha], request({ migrationLogin }))).toBe(0);
    const text = alpha.read('/etc/libvirt/auth.conf');
    expect(text).toContain('[auth-libvirt-beta.lab]\ncredentials=viaduct-mover\n');
    expect(text).not.toContain(`auth-libvirt-${alpha.name}`);
    expect(out).toContain('+password=********');
    expect(out + err).not.toContain('pl4nted');
  });

  it('shows what it found, and no password', async () => {
    using host = new SimulatedHost();
    expect(await runHostInspect(host, request({ json: false }))).toBe(0);
    expect(out).toContain('Debian GNU/Linux 12');
    expect(await runHostInspect(host, request())).toBe(0);
    expect(out).not.toContain('planted-secret');
  });

  it('shows text of a host without its control characters', () => {
    const evil = '\u001b[2J\u202e';
    const text = planText({
      host: `alpha${evil}`,
      connectUri: '',
      machineId: '',
      changes: [],
      obstacles: [{ code: 'x', message: evil, remedy: evil }],
      warnings: [],
      afterwards: [evil],
      selfTest: {},
    });
    for (const character of evil.replace('[2J', '')) expect(text).not.toContain(character);
  });
});
