import { Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import type { CreateAuthorityRequest } from '../../../electron/cli/commands/pki/create-ca.ts';
import { addPkiCommands } from '../../../electron/cli/commands/pki/grammar.ts';
import type { CliSession } from '../../../electron/cli/session.ts';

/** Parses a command line and tells what the session was asked to make. */
async function parse(...args: string[]): Promise<CreateAuthorityRequest[]> {
  const requests: CreateAuthorityRequest[] = [];
  const createAuthority = (request: CreateAuthorityRequest) => Promise.resolve(requests.push(request));
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addPkiCommands(program, { createAuthority } as unknown as CliSession);
  await program.parseAsync(['pki', ...args], { from: 'user' });
  return requests;
}

const needed = ['--name', 'Lab CA', '--passphrase-file', '/x'];

describe('the grammar of viaduct pki', () => {
  it('makes an RSA key for ten years unless told otherwise', async () => {
    const usual = { name: 'Lab CA', key: 'rsa3072', days: 3650, passphraseFile: '/x', json: false };
    expect(await parse('create-ca', ...needed)).toEqual([usual]);
    expect(await parse('create-ca', ...needed, '--key', 'p384', '--days', '30', '--json')).toEqual([
      { ...usual, key: 'p384', days: 30, json: true },
    ]);
  });

  it.each([
    [[]],
    [['create-ca', '--name', 'Lab CA']],
    [['create-ca', '--passphrase-file', '/x']],
    [['create-ca', ...needed, '--key', 'ed25519']],
    [['create-ca', ...needed, '--days', '0']],
    [['create-ca', ...needed, '--days', '10951']],
    [['create-ca', ...needed, '--days', '1.5']],
    [['create-ca', ...needed, 'x']],
    [['create-ca', ...needed, '--passphrase', 'secret']],
    [['deploy', 'qemu+ssh://a/system']],
    [['deploy', 'qemu+ssh://a/system', '--passphrase-file', '/x', '--key', 'ed25519']],
    [['renew', '--passphrase-file', '/x']],
    [['undo']],
    [['undo', 'qemu+ssh://a/system', 'qemu+ssh://b/system']],
    [['client-certificate', '--name', 'desk']],
    [['client-certificate', '--passphrase-file', '/x']],
    [['client-certificate', ...needed, '--days', '1826']],
    [['revoke', 'qemu+ssh://a/system', 'qemu+ssh://b/system', '--passphrase-file', '/x']],
    [['revoke', 'qemu+ssh://a/system', '--client', 'desk', '--passphrase-file', '/x']],
    [['revoke', '--passphrase-file', '/x']],
    [['revoke', '--client', 'desk']],
    [['validate']],
    [['import-ca', '--name', 'Company']],
    [['request', 'qemu+ssh://a/system']],
    [['accept', 'qemu+ssh://a/system']],
    [['rotate', 'next']],
    [['rotate', 'finish', 'qemu+ssh://a/system', '--passphrase-file', '/x']],
    [['rehearse', 'qemu+ssh://a/system']],
    [['rehearse', 'qemu+ssh://a/system', 'qemu+ssh://b/system', 'qemu+ssh://c/system']],
    [['teleport']],
  ])('refuses %j', async (args) => {
    await expect(parse(...args)).rejects.toBeInstanceOf(CommanderError);
  });
});
