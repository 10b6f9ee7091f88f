import { execFileSync } from 'node:child_process';
import { array, assert as assertProperty, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteCommand } from '../../../electron/common/shell-quote.ts';

/** What a real shell makes of the command line: the arguments that the program got. */
function argumentsSeenByShell(argv: readonly string[], shell = 'sh'): string[] {
  const output = execFileSync(shell, ['-c', quoteCommand(['printf', '%s\\0', ...argv])], {
    encoding: 'utf8',
  });
  return output.split('\0').slice(0, -1);
}

describe('quoteCommand', () => {
  it.each([
    [['id'], 'id'],
    [['cat', '/etc/libvirt/qemu.conf'], 'cat /etc/libvirt/qemu.conf'],
    [['echo', ''], "echo ''"],
    [['echo', 'two words'], "echo 'two words'"],
    [['echo', '$HOME'], "echo '$HOME'"],
    [['echo', "it's"], String.raw`echo 'it'\''s'`],
    [['echo', String.raw`a\b`], String.raw`echo 'a'\\'b'`],
    [['~root'], "'~root'"],
    [['A=1'], "'A=1'"],
  ])('writes %j as %s', (argv, command) => {
    expect(quoteCommand(argv)).toBe(command);
  });

  const hostile = oneof(
    string({ unit: 'grapheme' }),
    string({
      unit: constantFrom("'", '"', '\\', '$', '`', '!', '\n', ' ', ';', '|', '&', '*', '~', '(', '-', 'ä'),
    }),
  ).filter((text) => !text.includes('\0'));

  it('gives a real shell exactly the arguments, whatever they hold', () => {
    assertProperty(
      property(array(hostile, { minLength: 1, maxLength: 5 }), (argv) => {
        expect(argumentsSeenByShell(argv)).toEqual(argv);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['no program', []],
    ['an empty program', ['']],
    ['a NUL character', ['echo', 'a\0b']],
    ['half a character', ['echo', '\ud800']],
    ['more than the kernel takes', ['echo', 'x'.repeat(131_072)]],
  ])('refuses %s', (_what, argv) => {
    expect(() => quoteCommand(argv)).toThrow(expect.objectContaining({ code: 'bad-command' }) as Error);
  });
});
