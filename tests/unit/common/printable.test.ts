import { describe, expect, it } from 'vitest';
import { OutputTail, printable } from '../../../electron/common/printable.ts';

describe('text from a host', () => {
  it.each([
    ['plain', 'plain'],
    ['two\r\nlines\tand a tab', 'two\nlines\tand a tab'],
    ['\u001b]0;title\u0007', ']0;title'],
    ['right\u202eleft', 'rightleft'],
    ['ä😀', 'ä😀'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is cut to the length allowed', () => {
    expect(printable('x'.repeat(5000), 10)).toBe('x'.repeat(10));
  });

  it('keeps the end of what was written, however much that was', () => {
    const tail = new OutputTail(10);
    for (let index = 0; index < 1000; index++) tail.push(Buffer.from(`line ${index}\n`));
    expect(tail.text()).toBe('8\nline 999'.slice(-9).trim());
    expect(tail.lastLine()).toBe('line 999');
  });
});
