import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unifiedDiff } from '../../../../electron/setup/config/unified-diff.ts';
import { diffLines } from '../../../../renderer/format/diff-lines.ts';

describe('the lines of a unified diff', () => {
  test('tells what is added and removed, without the names of the files', () => {
    const diff = unifiedDiff('/etc/libvirt/qemu.conf', 'a\nb\n', 'a\nc\n');
    expect(diffLines(diff)).toEqual({
      lines: [
        { kind: 'place', sign: '', text: '@@ -1,2 +1,2 @@' },
        { kind: 'same', sign: ' ', text: 'a' },
        { kind: 'removed', sign: '−', text: 'b' },
        { kind: 'added', sign: '+', text: 'c' },
      ],
      added: 1,
      removed: 1,
    });
  });

  test.each(['', '\n', '--- /etc/x\n+++ /etc/x\n'])('has no lines where nothing differs: %j', (diff) => {
    expect(diffLines(diff)).toEqual({ lines: [], added: 0, removed: 0 });
  });

  test('keeps lines that look like the heads of a file', () => {
    const { lines } = diffLines(unifiedDiff('/x', '-- one\n', '++ two\n'));
    expect(lines.map(({ kind, text }) => [kind, text]).slice(1)).toEqual([
      ['removed', '-- one'],
      ['added', '++ two'],
    ]);
  });

  test('gives the text back that it is a diff to', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b', '+', '-', '@', ' '), maxLength: 4 });
    const text = fc.array(line, { maxLength: 3 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const spelled = (lines: readonly string[]) => lines.map((each) => `${each}\n`).join('');
        const diff = unifiedDiff('/x', spelled(before), spelled(after));
        const { lines } = diffLines(diff);
        const shown = lines.filter(({ kind }) => kind === 'same' || kind === 'added').map(({ text }) => text);
        expect(shown).toEqual(diff === '' ? [] : after);
      }),
    );
  });
});
