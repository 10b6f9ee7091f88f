import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../../electron/setup/config/unified-diff.ts';

/** What patch(1) makes of a text: every line that stays or goes has to be there, where the hunk says. */
function patched(before: string, diff: string): string {
  const lines = before.split('\n').slice(0, -1);
  const made: string[] = [];
  let at = 0;
  for (const row of diff.split('\n').slice(2, -1)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? /.exec(row);
    if (hunk) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
      made.push(...lines.slice(at, start));
      at = start;
      continue;
    }
    if (!row.startsWith('+')) {
      expect(lines[at]).toBe(row.slice(1));
      at += 1;
    }
    if (!row.startsWith('-')) made.push(row.slice(1));
  }
  return [...made, ...lines.slice(at)].map((line) => `${line}\n`).join('');
}

describe('a unified diff', () => {
  it('shows a change with three lines around it', () => {
    const before = '1\n2\n3\n4\n5\n6\n7\n8\n9\n';
    expect(unifiedDiff('/f', before, before.replace('5\n', '5\nfive\n'))).toBe(
      '--- /f\n+++ /f\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+five\n 6\n 7\n 8\n',
    );
  });

  it('is empty where nothing changes', () => {
    expect(unifiedDiff('/f', 'a\n', 'a\n')).toBe('');
  });

  it('is what patch makes the new file of the old one by', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', '', '}'), { minLength: 1, maxLength: 25 })
      .map((lines) => lines.map((line) => `${line}\n`).join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        expect(patched(before, unifiedDiff('/f', before, after))).toBe(after);
      }),
    );
  });

  it('keeps passwords around a change to itself', () => {
    const before =
      'vnc_password = "hunter2"\n#spice_password = "x7y"\nvnc_tls_x509_secret_uuid = "u1"\na = 1\n';
    const diff = unifiedDiff('/f', before, before.replace('a = 1', 'a = 2'));
    expect(diff).not.toMatch(/hunter2|x7y/);
    expect(diff).toContain('vnc_password = ********');
    expect(diff).toContain('u1');
  });
});
