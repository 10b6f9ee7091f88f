import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfError, parseConf, type ConfValue } from '../../../electron/common/libvirt-conf.ts';

describe('the configuration format', () => {
  it.each<[string, [string, ConfValue][]]>([
    ['', []],
    ['# a = 1\n\n  # b = 2', []],
    ['a = 1', [['a', 1]]],
    ['a=-1 # why', [['a', -1]]],
    ['  a  =  "x y"  # why', [['a', 'x y']]],
    ["a = 'x'", [['a', 'x']]],
    ['a = "#no comment"', [['a', '#no comment']]],
    ['a = ""', [['a', '']]],
    ['a = 1\na = 2', [['a', 1]]],
    ['a = 1; b = 2', [['a', 1], ['b', 2]]], // prettier-ignore
    ['a = +1', [['a', 1]]],
    ['a = []', [['a', []]]],
    ['a = [ 1, "x]" ]', [['a', [1, 'x]']]]],
    ['a = 1\r\n', [['a', 1]]],
    ['a = """one\ntwo"""\nb = 1', [['a', 'one\ntwo'], ['b', 1]]], // prettier-ignore
    ['a = [ "x",\n  "y" ]\nb = 1', [['a', ['x', 'y']], ['b', 1]]], // prettier-ignore
    ['a = 1\r\nb = 2\r\n', [['a', 1], ['b', 2]]], // prettier-ignore
  ])('%j', (text, expected) => {
    expect([...parseConf(text)]).toEqual(expected);
  });

  it.each([
    'a',
    'a = ',
    '= 1',
    'a = x',
    'a = "open',
    'a = "x" y',
    'a = [ "x"',
    'a = """x',
    'a = 1 b = 2',
    'a-b = 1',
    'a.b = 1',
    'a = [ # c\n1 ]',
  ])('refuses %j with its line', (text) => {
    expect(() => parseConf(`# first\n${text}`)).toThrow(ConfError);
    expect(() => parseConf(`# first\n${text}`)).toThrow(/Line 2/);
  });

  it('refuses a file that is far too long', () => {
    expect(() => parseConf('#'.repeat(300_000))).toThrow(ConfError);
  });

  it('reads back whatever is written in it', () => {
    const key = fc.stringMatching(/^[a-z_][a-z0-9_]{0,20}$/);
    const value = fc.oneof(fc.integer(), fc.stringMatching(/^[^"\n\r]{0,40}$/));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 30 }), (pairs) => {
        const text = pairs
          .map(([name, set]) => `${name} = ${typeof set === 'number' ? set : `"${set}"`}`)
          .join('\n');
        expect(parseConf(text)).toEqual(new Map(pairs.toReversed()));
      }),
    );
  });

  it('ends in values or a ConfError for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '"', "'", '[', ']', '\n', ' ', '1', '#') }),
        (text) => {
          try {
            parseConf(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfError);
          }
        },
      ),
    );
  });
});
