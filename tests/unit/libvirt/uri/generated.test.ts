import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BadInputError } from '../../../../electron/common/errors.ts';
import { extCommandLine, sshCommandLine } from '../../../../electron/libvirt/transports/command-line.ts';
import { formatConnectUri, parseConnectUri, type ParsedUri } from '../../../../electron/libvirt/uri.ts';

const run = { seed: 20_070_115, numRuns: Number(process.env['VIADUCT_GENERATED_URIS'] ?? 2000) };

const hostile = fc.constantFrom(
  ...[
    '$(id)',
    '`id`',
    ';id',
    '|id',
    '&&id',
    '"',
    "'",
    '\\',
    '*',
    '~',
    '!',
    '{a,b}',
    '<x',
    '>x',
    '\n',
    '\r\n',
    '\0',
  ],
  ...[
    '-oProxyCommand=id',
    '--',
    '-',
    ' ',
    '%0a',
    '%00',
    '%',
    '%zz',
    '%2d',
    '%25',
    '%C3%28',
    '+',
    '%2b',
    '#',
    '?',
    '&',
  ],
  ...[
    '@',
    ':',
    '/',
    '[',
    ']',
    '[::1]',
    'ü',
    '日本',
    '\u202e',
    '\u2028',
    '\ud800',
    '𝕏',
    'x'.repeat(500),
    '..',
    '/../',
  ],
);
const plain = fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/);
const part = fc.oneof(
  plain,
  hostile,
  fc.tuple(plain, hostile).map(([a, b]) => a + b),
  fc.string({ unit: 'binary', maxLength: 12 }),
  hostile.map((text) => encodeURIComponent(text.toWellFormed())),
);
const scheme = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('qemu', 'qemud', 'xend', 'QEMU', 'test', 'remote') },
  { weight: 1, arbitrary: part },
);
const transport = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('+ssh', '+ext') },
  { weight: 4, arbitrary: fc.constantFrom('', '+unix', '+tls', '+tcp', '+libssh', '+libssh2', '+SSH') },
  { weight: 1, arbitrary: part.map((text) => `+${text}`) },
);
const user = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', 'root@') },
  { weight: 1, arbitrary: part.map((text) => `${text}@`) },
);
const server = fc.oneof(
  { weight: 4, arbitrary: plain },
  { weight: 1, arbitrary: fc.ipV6().map((address) => `[${address}]`) },
  { weight: 1, arbitrary: fc.oneof(part, fc.constant('')) },
);
const port = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.integer({ min: -1, max: 70_000 }).map((number) => `:${String(number)}`) },
);
const parameter = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom('command', 'netcat', 'socket', 'keyfile', 'name', 'mode') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('no_tty', 'no_verify', 'known_hosts', 'sshauth', 'auth', 'x-own'),
      },
      { weight: 1, arbitrary: part },
    ),
    fc.oneof(
      { weight: 3, arbitrary: part.map((text) => encodeURIComponent(`/${text.toWellFormed()}`)) },
      { weight: 2, arbitrary: part },
      { weight: 2, arbitrary: fc.constantFrom('1', 'direct', 'agent', '/opt/ssh') },
    ),
  )
  .map(([name, value]) => `${name}=${value}`);
const uri = fc
  .tuple(
    fc.tuple(scheme, transport).map((texts) => texts.join('')),
    fc.tuple(user, server, port).map((texts) => texts.join('')),
    fc.oneof(
      fc.constantFrom('/system', '/session', '/', ''),
      part.map((text) => `/${text}`),
    ),
    fc.array(parameter, { maxLength: 4 }),
  )
  .map(([start, authority, path, query]) => `${start}://${authority}${path}?${query.join('&')}`);

/** Of a form that leads to a program being run, with hostile text wherever text can stand. */
const commandUri = fc
  .tuple(fc.constantFrom('ssh', 'ext'), user, plain, fc.array(part, { minLength: 4, maxLength: 4 }))
  .map(([kind, login, host, texts]) => {
    const [command = '', netcat = '', socket = '', keyfile = ''] = texts.map((text) =>
      encodeURIComponent(text.toWellFormed()),
    );
    return `qemu+${kind}://${login}${host}/system?command=${command}&netcat=n${netcat}&socket=/${socket}&keyfile=/${keyfile}`;
  });

/** The value, or `undefined` after making sure that the refusal is the typed one, in one clear sentence. */
function orRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    expect(error).toBeInstanceOf(BadInputError);
    expect(error).toMatchObject({
      code: 'bad-uri',
      message: expect.stringMatching(/^[A-Z"][^\p{C}\p{Zl}\p{Zp}]{1,400}\.$/u) as string,
    });
    return undefined;
  }
}

/** Everything but the text that was parsed and what the admin was told about its spelling. */
function meaning(parsed: ParsedUri) {
  return { ...parsed, text: undefined, warnings: undefined, transportAsWritten: undefined };
}

describe(`${run.numRuns} generated URIs (seed ${run.seed})`, () => {
  it('are read, or refused in one sentence', () => {
    let read = 0;
    fc.assert(
      fc.property(uri, (text) => {
        const parsed = orRefused(() => parseConnectUri(text));
        if (parsed === undefined) return;
        read += 1;
        const { server: host = '', user: login = '', warnings } = parsed;
        expect(host).toMatch(/^(?:[\w.-]+|[\w.:]+(?:%[\w.-]+)?)?$/);
        expect(host.startsWith('-') || login.startsWith('-')).toBe(false);
        for (const warning of warnings) expect(warning).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]{1,400}\.$/u);
      }),
      run,
    );
    // Both sides of the property are worth nothing if one of them is hardly ever seen.
    expect(read / run.numRuns).toBeGreaterThan(0.25);
    expect(read / run.numRuns).toBeLessThan(0.75);
  });

  it('mean the same when they are written out and read again', () => {
    fc.assert(
      fc.property(uri, (text) => {
        const parsed = orRefused(() => parseConnectUri(text));
        if (parsed === undefined) return;
        // Escaping makes a text longer, and what was just short enough may then be refused.
        const again = orRefused(() => parseConnectUri(formatConnectUri(parsed)));
        if (again !== undefined) expect(meaning(again)).toStrictEqual(meaning(parsed));
      }),
      run,
    );
  });

  it('never reach a shell here, and the shell of the host only as quoted words', () => {
    const script: string[] = [];
    const words: string[] = [];
    let spawned = 0;
    fc.assert(
      fc.property(fc.oneof(uri, commandUri), (text) => {
        const parsed = orRefused(() => parseConnectUri(text));
        const { command, netcat = 'nc', socket, keyfile, noTty, noVerify } = parsed?.parameters ?? {};
        if (parsed === undefined || command === undefined) return;
        spawned += 1;
        if (parsed.transport === 'ext') {
          expect(extCommandLine(parsed)).toEqual([command]);
          return;
        }
        const argv = orRefused(() => sshCommandLine(parsed, { readOnly: false }));
        if (argv === undefined) return;
        const { user: login, server: host = '', port: number = 22 } = parsed;
        const [remoteNetcat = '', option = '', remoteSocket = ''] = argv.slice(-3);
        expect(argv.slice(0, -3)).toEqual([
          command,
          ...['-p', String(number)],
          ...(login === undefined ? [] : ['-l', login]),
          ...(keyfile === undefined ? [] : ['-i', keyfile]),
          ...(noTty === true ? ['-T', '-o', 'BatchMode=yes', '-e', 'none'] : []),
          ...(noVerify === true ? ['-o', 'StrictHostKeyChecking=no'] : []),
          host,
        ]);
        expect([command, host, login ?? '', keyfile ?? ''].filter((word) => word.startsWith('-'))).toEqual(
          [],
        );
        if (socket === undefined) return;
        script.push(`printf '%s\\0' ${remoteNetcat} ${option} ${remoteSocket}\n`);
        words.push(netcat, '-U', socket);
      }),
      run,
    );
    const read = execFileSync('sh', { input: script.join(''), encoding: 'utf8', cwd: '/' });
    expect(read.split('\0').slice(0, -1)).toEqual(words);
    expect(spawned).toBeGreaterThan(run.numRuns / 8);
    expect(words.length / 3).toBeGreaterThan(run.numRuns / 16);
  });
});
