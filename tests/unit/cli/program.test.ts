import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { defaultPlanOptions } from '../../../electron/engine/plan.ts';
import { buildProgram } from '../../../electron/cli/program.ts';
import type { CliSession, MoveRequest } from '../../../electron/cli/session.ts';

type Call = [keyof CliSession, ...unknown[]];

/** Parses a command line and tells what the session was asked to do. */
async function parse(...args: string[]): Promise<Call[]> {
  const calls: Call[] = [];
  const note =
    (name: keyof CliSession) =>
    (...given: unknown[]) => {
      calls.push([name, ...given]);
      return Promise.resolve();
    };
  const session = {
    guests: note('guests'),
    preflight: note('preflight'),
    migrate: note('migrate'),
    history: note('history'),
    recover: note('recover'),
    doctor: note('doctor'),
    serve: note('serve'),
  } as unknown as CliSession;
  const program = buildProgram(session, '1.2.3');
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  }
  await program.parseAsync(args, { from: 'user' });
  return calls;
}

const uris = ['--source', 'qemu+ssh://a/system', '--destination', 'qemu+ssh://b/system'];

async function optionsOf(...args: string[]): Promise<MoveRequest['options']> {
  const [call] = await parse('migrate', 'web01', ...uris, ...args);
  return (call?.[1] as MoveRequest).options;
}

describe('the command line', () => {
  it('settles what is unfinished', async () => {
    expect(await parse('recover')).toEqual([['recover', false]]);
    expect(await parse('recover', '--json')).toEqual([['recover', true]]);
  });

  it('asks what two hosts have of a guest, and for one thing to be done', async () => {
    const asked = { guest: 'web01', source: 'qemu+ssh://a/system', destination: 'qemu+ssh://b/system' };
    const bare = { ...asked, action: undefined, json: false };
    expect(await parse('doctor', 'web01', ...uris)).toEqual([['doctor', bare, false]]);
    const full = ['--do', 'recover-post-copy', '--migrate-uri', 'tcp://b', '--yes', '--json'];
    expect(await parse('doctor', 'web01', ...uris, ...full)).toEqual([
      ['doctor', { ...asked, action: 'recover-post-copy', migrateUri: 'tcp://b', json: true }, true],
    ]);
  });

  it('is encrypted unless told otherwise', async () => {
    expect(await optionsOf()).toEqual(defaultPlanOptions);
  });

  it('reads every plan option', async () => {
    const options = await optionsOf(
      ...['--control', 'p2p', '--dconnuri', 'qemu+tls://b/system'],
      ...['--mode', 'plain', '--allow-plaintext', '--disks', 'copy', '--auto-converge'],
      ...['--bandwidth', '100', '--max-downtime', '500', '--migrate-uri', 'tcp://b'],
      ...[
        '--tls-destination',
        'b.lab',
        '--persist',
        '--keep-source-definition',
        '--rename',
        'web02',
        '--ignore-manager',
        '--offline',
      ],
      ...['--disk', 'vda', '--disk', 'vdb', '--parallel', '4', '--compress', 'zstd', '--post-copy'],
      ...['--timeout', '60', '--on-timeout', 'post-copy'],
    );
    expect(options).toEqual({
      mode: 'plain',
      control: 'p2p',
      dconnuri: 'qemu+tls://b/system',
      allowPlaintext: true,
      disks: 'copy',
      diskTargets: ['vda', 'vdb'],
      parallel: 4,
      compress: 'zstd',
      autoConverge: true,
      postCopy: true,
      timeoutS: 60,
      onTimeout: 'post-copy',
      bandwidthMiBps: 100,
      maxDowntimeMs: 500,
      migrateUri: 'tcp://b',
      tlsDestination: 'b.lab',
      persist: true,
      keepSourceDefinition: true,
      offline: true,
      rename: 'web02',
      ignoreManager: true,
    });
  });

  it('lets the source’s daemon drive where the mode knows no other way', async () => {
    expect(await optionsOf('--mode', 'tunnelled')).toMatchObject({ control: 'p2p' });
    expect(await optionsOf('--mode', 'tunnelled', '--control', 'managed')).toMatchObject({
      control: 'managed',
    });
    expect(await optionsOf('--control', 'auto')).toMatchObject({ control: 'auto' });
  });

  it('takes the history as a whole or one of it', async () => {
    expect(await parse('history')).toEqual([['history', { which: undefined, limit: 500, json: false }]]);
    expect(await parse('history', 'web01', '--limit', '3', '--json')).toEqual([
      ['history', { which: 'web01', limit: 3, json: true }],
    ]);
    await expect(parse('history', '--limit', '0')).rejects.toThrow(CommanderError);
  });

  it('hands guest, hosts and the wish for JSON on as they are', async () => {
    expect(await parse('preflight', 'web01', ...uris, '--json')).toMatchObject([
      [
        'preflight',
        { guest: 'web01', source: 'qemu+ssh://a/system', destination: 'qemu+ssh://b/system', json: true },
      ],
    ]);
    expect(await parse('guests', 'qemu:///system')).toEqual([['guests', 'qemu:///system', false, false]]);
    expect(await parse('guests', 'qemu:///system', '--read-only')).toEqual([
      ['guests', 'qemu:///system', false, true],
    ]);
    expect(await parse('serve', '--port', '8080', '--no-open')).toEqual([['serve', 8080, false]]);
  });

  it.each([
    [['migrate', 'web01', '--source', 'qemu:///system']],
    [['migrate', ...uris]],
    [['doctor', 'web01', '--source', 'qemu:///system']],
    [['doctor', 'web01', ...uris, '--do', 'start']],
    [['migrate', 'web01', ...uris, '--mode', 'fast']],
    [['migrate', 'web01', ...uris, '--bandwidth', '0']],
    [['migrate', 'web01', ...uris, '--bandwidth', '1.5']],
    [['migrate', 'web01', ...uris, '--max-downtime', '-1']],
    [['migrate', 'web01', ...uris, '--force']],
    [['serve', '--port', '70000']],
    [['teleport']],
  ])('refuses %j', async (args) => {
    await expect(parse(...args)).rejects.toBeInstanceOf(CommanderError);
  });
});
