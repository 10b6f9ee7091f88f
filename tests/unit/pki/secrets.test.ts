import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { encryptedKeyPem, plainKeyPem } from '../../../electron/pki/encrypted-key.ts';
import { renewCertificate } from '../../../electron/pki/issue.ts';
import { makeKeyPair } from '../../../electron/pki/key-kinds.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { revokeCertificates } from '../../../electron/pki/revoke.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { issueNew } from './authorities.ts';
import { temporaryFolder } from './tools.ts';

const folder = temporaryFolder();
const root = new URL('../../..', import.meta.url).pathname;

/** Every form in which a secret could lie about: as it is, in hex, in base64 at each of its three alignments. */
function formsOf(secret: string | Buffer): string[] {
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [bytes.toString('latin1'), bytes.toString('hex'), ...inBase64];
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile());
}

/** The secrets that occur in a text, in any form. */
function leaks(secrets: readonly (string | Buffer)[], text: string): string[] {
  return secrets.flatMap((secret) => formsOf(secret).filter((form) => text.includes(form)));
}

/** All that an error says to anybody, its causes and inspection included. */
function saidBy(error: unknown): string {
  const stack = error instanceof Error ? `${error.stack ?? ''}${JSON.stringify(error)}` : '';
  return `${String(error)}${stack}${inspect(error, { depth: 10, showHidden: true })}`;
}

/**
 * Writes down the arguments of a process, every byte that it writes to a file, and every program it starts; loaded
 * into it before it begins.
 */
const witness = `
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import child from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
const { writeSync } = fs;
const log = fs.openSync(process.env.WITNESS, 'a');
const note = (text) => writeSync(log, text + '\\n', null, 'latin1');
note(process.execPath + ' ' + JSON.stringify([process.argv, process.execArgv]));
const probe = await open(process.env.WITNESS, 'a');
const handle = Object.getPrototypeOf(probe);
await probe.close();
for (const name of ['write', 'writeFile', 'appendFile', 'writev']) {
  const original = handle[name];
  handle[name] = function (data, ...rest) {
    note(name + ' ' + Buffer.from(data).toString('latin1'));
    return original.call(this, data, ...rest);
  };
}
for (const module of [fs, child]) {
  for (const name of ['writeFileSync', 'writeSync', 'appendFileSync', 'spawn', 'spawnSync', 'execFile']) {
    const original = module[name];
    if (original === undefined) continue;
    module[name] = function (...given) {
      note(name + ' ' + JSON.stringify(given));
      return original.apply(this, given);
    };
  }
}
syncBuiltinESMExports();
`;

async function commandLine(home: string, ...args: string[]): Promise<{ output: string; witnessed: string }> {
  const [preload, log] = [join(folder, 'witness.mjs'), join(folder, 'witness.log')];
  writeFileSync(preload, witness);
  writeFileSync(log, '');
  const temporary = join(home, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const env = {
    ...process.env,
    VIADUCT_HOME: home,
    TMPDIR: temporary,
    WITNESS: log,
    NODE_OPTIONS: `--import=${preload}`,
  };
  const run = promisify(execFile)(process.execPath, [join(root, 'electron/cli/main.ts'), 'pki', ...args], {
    env,
  });
  const { stdout, stderr } = await run.catch((error: unknown) => error as { stdout: string; stderr: string });
  return { output: stdout + stderr, witnessed: readFileSync(log, 'latin1') };
}

describe('planted secrets', () => {
  const passphrases = Array.from(
    { length: 10 },
    (_, index) => `planted-${index}-${'äöü'.charAt(index % 3)}-secret`,
  );

  it('are found nowhere after the command line was given 10 passphrases', async () => {
    const home = join(folder, 'home-cli');
    for (const [index, passphrase] of passphrases.entries()) {
      const file = join(folder, `passphrase-${index}`);
      writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
      // Every second one comes too late for its name, and is refused.
      const name = `Lab ${Math.floor(index / 2)}`;
      const create = ['create-ca', '--key', 'p256', '--passphrase-file', file, '--name', name];
      const { output, witnessed } = await commandLine(home, ...create);
      if (index % 2 === 1) expect(output).toContain('already');
      else expect(witnessed).toContain('ENCRYPTED PRIVATE KEY');
      expect(leaks(passphrases, Buffer.from(output).toString('latin1') + witnessed)).toEqual([]);
    }
    const { output, witnessed } = await commandLine(home, 'status', '--json');
    expect(leaks(passphrases, Buffer.from(output).toString('latin1') + witnessed)).toEqual([]);
    for (const file of filesBelow(home)) {
      expect(leaks(passphrases, readFileSync(file, 'latin1')), file).toEqual([]);
    }
  }, 120_000);

  it('are found nowhere after 10 keys and passphrases went through the library, well and badly', async () => {
    const home = join(folder, 'home-library');
    const store = new AuthorityStore(home);
    const said: string[] = [];
    const secrets: (string | Buffer)[] = [];
    for (let index = 0; index < 5; index += 1) {
      const text = `kept-${index}-secret-ß`;
      const passphrase = new Passphrase(text);
      const keys = await makeKeyPair('p256');
      const { d } = keys.privateKey.export({ format: 'jwk' });
      secrets.push(text, Buffer.from(d ?? '', 'base64url'));
      const authority = await store.create({ name: `Lab ${index}`, key: 'p256', passphrase });
      const unlocked = await unlockAuthority(authority, passphrase);
      const { entry } = await issueNew(unlocked);
      await renewCertificate(unlocked, entry.serial, keys.publicKey);
      await revokeCertificates(unlocked, [entry.serial], 'superseded');
      const pem = await encryptedKeyPem(keys.privateKey, passphrase);
      const attempts: (() => unknown)[] = [
        () => new Passphrase(`${text}\n${text}`),
        () => unlockAuthority(authority, new Passphrase(`${text}x`)),
        () =>
          store.import({
            name: 'x',
            certificate: authority.certificate.pem,
            key: { pem, openedWith: passphrase, passphrase },
          }),
        () =>
          store.import({
            name: 'x',
            certificate: authority.certificate.pem,
            key: { pem: plainKeyPem(keys.privateKey), passphrase },
          }),
        () =>
          store.import({
            name: 'x',
            certificate: authority.certificate.pem,
            key: { pem: plainKeyPem(keys.privateKey).slice(0, 100), passphrase },
          }),
        () => store.create({ name: `Lab ${index}`, key: 'p256', passphrase }),
        () => issueNew(unlocked, { days: 0 }),
        () => renewCertificate(unlocked, text.slice(0, 3), keys.publicKey),
      ];
      for (const attempt of attempts) {
        const error: unknown = await Promise.resolve()
          .then(attempt)
          .then(
            () => expect.fail('it was let through'),
            (thrown: unknown) => thrown,
          );
        said.push(saidBy(error));
      }
      said.push(
        inspect([passphrase, unlocked], { depth: 10, showHidden: true }),
        JSON.stringify([passphrase, unlocked]),
      );
    }
    expect(secrets).toHaveLength(10);
    expect(leaks(secrets, Buffer.from(said.join('\n')).toString('latin1'))).toEqual([]);
    for (const file of filesBelow(home))
      expect(leaks(secrets, readFileSync(file, 'latin1')), file).toEqual([]);
  });

  it('would be found', () => {
    const key = Buffer.from('0123456789abcdef0123456789abcdef', 'hex');
    for (const before of ['', 'a', 'ab', 'abc']) {
      const around = Buffer.concat([Buffer.from(before), key, Buffer.from('xyz')]);
      expect(leaks([key], around.toString('base64'))).toHaveLength(1);
    }
    for (const form of formsOf(key)) expect(leaks([key], `x${form}y`)).not.toEqual([]);
    expect(leaks(['planted-ä'], Buffer.from('a planted-ä b').toString('latin1'))).toHaveLength(1);
  });
});
