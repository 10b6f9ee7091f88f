import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addEnvironmentWord, environmentWords } from '../../../../electron/setup/config/environment-file.ts';
import { editIni, iniValue } from '../../../../electron/setup/config/ini-file.ts';
import { insertNftRules } from '../../../../electron/setup/config/nft-file.ts';

describe('an ini file', () => {
  const set = { live: 'true' };
  it.each<[string, string]>([
    ['', '[libvirt]\nlive = true\n'],
    ['[DEFAULT]\na = 1', '[DEFAULT]\na = 1\n[libvirt]\nlive = true\n'],
    ['[libvirt]\n#live = <None>\nb = 1\n', '[libvirt]\n#live = <None>\nlive = true\nb = 1\n'],
    ['[libvirt]\nb = 1\n[other]\nlive = false\n', '[libvirt]\nlive = true\nb = 1\n[other]\nlive = false\n'],
    ['[libvirt]\r\nlive = false\r\n', '[libvirt]\r\nlive = true\r\n'],
    ['[libvirt]\nlive=false\n', '[libvirt]\nlive= true\n'],
    ['[libvirt]\nlive: false', '[libvirt]\nlive: true'],
    ['[libvirt]\nlive = a\n  b\nc = 1\n', '[libvirt]\nlive = true\nc = 1\n'],
    ['[libvirt]\nlive = 1\nlive = 2\n', '[libvirt]\nlive = 1\nlive = true\n'],
    ['[libvirt]\nlive = true\n', '[libvirt]\nlive = true\n'],
  ])('%j', (text, expected) => {
    expect(editIni(text, 'libvirt', set)).toBe(expected);
  });

  it('has the value afterwards, keeps others, and is changed once only', () => {
    const name = fc.constantFrom('a', 'b', 'live');
    const line = fc.oneof(
      fc.constantFrom('[libvirt]', '[x]', '', '# c', '#a = 1', '; b'),
      fc
        .tuple(name, fc.constantFrom('=', ' = ', ' : '), fc.constantFrom('1', '', 'x = y', '1\n  more'))
        .map((parts) => parts.join('')),
    );
    const file = fc
      .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'))
      .map(([lines, end]) => lines.join(end));
    fc.assert(
      fc.property(file, name, fc.constantFrom('true', 'tls'), (text, key, value) => {
        const once = editIni(text, 'libvirt', { [key]: value });
        expect(iniValue(once, 'libvirt', key)).toBe(value);
        expect(editIni(once, 'libvirt', { [key]: value })).toBe(once);
        for (const other of ['a', 'b', 'live']) {
          expect(iniValue(once, 'x', other)).toBe(iniValue(text, 'x', other));
          if (other !== key) expect(iniValue(once, 'libvirt', other)).toBe(iniValue(text, 'libvirt', other));
        }
      }),
    );
  });

  it('refuses what oslo.config would refuse', () => {
    expect(() => editIni('[s]\n  more\n', 's', { a: 'x' })).toThrow(/nothing above/);
  });

  it('refuses a value of two lines', () => {
    expect(() => editIni('', 's', { a: 'x\n[evil]' })).toThrow(/one line/);
  });
});

describe('an environment file', () => {
  it.each<[string, string]>([
    ['', 'ARGS="--listen"\n'],
    ['#ARGS="--timeout 120"\n# b\n', '#ARGS="--timeout 120"\nARGS="--listen"\n# b\n'],
    ['ARGS="--verbose" \nB=1', 'ARGS="--verbose --listen"\nB=1'],
    ['ARGS=\n', 'ARGS="--listen"\n'],
    ["ARGS='-v'", 'ARGS="-v --listen"'],
    ['ARGS="--listen -v"\n', 'ARGS="--listen -v"\n'],
    ['ARGS=a\nARGS=b\n', 'ARGS=a\nARGS="b --listen"\n'],
  ])('%j', (text, expected) => {
    const edited = addEnvironmentWord(text, 'ARGS', '--listen');
    expect(edited).toBe(expected);
    expect(environmentWords(edited, 'ARGS')).toContain('--listen');
    expect(addEnvironmentWord(edited, 'ARGS', '--listen')).toBe(edited);
  });

  it.each(['ARGS="a \\\n b"', 'ARGS="$X"', 'ARGS=a b'])('refuses %j', (text) => {
    expect(() => addEnvironmentWord(text, 'ARGS', '--listen')).toThrow(/ARGS/);
  });
});

describe('an nftables file', () => {
  const chain = { family: 'inet', table: 'filter', chain: 'input' };
  const text = [
    '#!/usr/sbin/nft -f',
    'flush ruleset',
    'table inet filter {',
    '\tchain input {',
    '\t\ttype filter hook input priority filter; policy drop;',
    '\t\tct state established accept',
    '\t}',
    '\tchain forward {',
    '\t\ttype filter hook forward priority filter;',
    '\t}',
    '}',
    '',
  ].join('\n');

  it('gets the rules at the head of the chain, once', () => {
    const edited = insertNftRules(text, chain, ['one', 'two']) ?? '';
    expect(edited).toContain('policy drop;\n\t\tone\n\t\ttwo\n\t\tct state');
    expect(insertNftRules(edited, chain, ['one', 'two'])).toBe(edited);
  });

  it.each([
    '',
    text.replace('inet filter', 'ip filter'),
    text + text,
    text.replace('hook input', 'hook output'),
  ])('is left alone where the chain is not plain to see (%#)', (other) => {
    expect(insertNftRules(other, chain, ['one'])).toBeUndefined();
  });
});
