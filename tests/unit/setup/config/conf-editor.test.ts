import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfError, parseConf, type ConfValue } from '../../../../electron/common/libvirt-conf.ts';
import { editConf } from '../../../../electron/setup/config/conf-editor.ts';

describe('setting a key', () => {
  it.each<[string, string, ConfValue, string]>([
    ['', 'a', 1, 'a = 1\n'],
    ['a = 1\n', 'a', 1, 'a = 1\n'],
    ['a=1 # why\nb = 2', 'a', 0, 'a=0 # why\nb = 2'],
    ['# top\n#a = 0\n\n#b = 1\n', 'a', 1, '# top\n#a = 0\na = 1\n\n#b = 1\n'],
    ['#a = 0\r\n#b = 1\r\n', 'a', 1, '#a = 0\r\na = 1\r\n#b = 1\r\n'],
    ['b = 1', 'a', 'x', 'b = 1\na = "x"\n'],
    ['# end', 'a', 1, '# end\na = 1\n'],
    ['a = 1\na = 2\n', 'a', 3, 'a = 3\na = 2\n'],
    ['a = 1; b = 2\n', 'a', 3, 'a = 3; b = 2\n'],
    ['a = [ "x",\n  "y" ]\nb = 1\n', 'a', ['z'], 'a = [ "z" ]\nb = 1\n'],
    ['a = """one\n#b = 0\ntwo"""\n', 'b', 1, 'a = """one\n#b = 0\ntwo"""\nb = 1\n'],
    ['#a = [\n#  "x"\n#]\n# next\n', 'a', ['z'], '#a = [\n#  "x"\n#]\na = [ "z" ]\n# next\n'],
    ['#a_b = 0\n', 'a', 1, '#a_b = 0\na = 1\n'],
    ['a = "x"\n', 'a', 'say "y"', 'a = \'say "y"\'\n'],
  ])('%j with %s = %j', (text, key, value, expected) => {
    expect(editConf(text, { [key]: value })).toBe(expected);
  });

  it('refuses what the format cannot hold, and a file that libvirt would refuse', () => {
    expect(() => editConf('', { a: 'x\ny' })).toThrow(/cannot hold/);
    expect(() => editConf('', { a: `'"` })).toThrow(/cannot hold/);
    expect(() => editConf('a = \n', { a: 1 })).toThrow(ConfError);
  });
});

const key = fc.constantFrom('a', 'b', 'ab', 'default_tls_x509_verify');
const eol = fc.constantFrom('\n', '\r\n');
const line = fc.oneof(
  key.map((name) => `#${name} = 0`),
  key.map((name) => `# see ${name}`),
  fc.tuple(key, fc.nat(9)).map(([name, number]) => `${name} = ${number} # note`),
  fc.tuple(key, fc.nat(9)).map(([name, number]) => `  ${name}="v${number}"`),
  key.map((name) => `${name} = [ "x",\n\n "]#" ]`),
  key.map((name) => `${name} = """t\n#a = 1\n"""`),
  fc.constant(''),
);
const file = fc
  .tuple(fc.array(line, { maxLength: 12 }), eol, fc.boolean())
  .map(([lines, end, closed]) => lines.join(end) + (closed && lines.length > 0 ? end : ''));
const value = fc.oneof(
  fc.nat(9),
  fc.stringMatching(/^[a-z/]{0,5}$/),
  fc.array(fc.stringMatching(/^[a-z#\]]{0,3}$/)),
);

describe('for any file', () => {
  it('the key has the value, others keep theirs, and a second edit changes nothing', () => {
    fc.assert(
      fc.property(file, key, value, (text, name, wanted) => {
        const once = editConf(text, { [name]: wanted });
        const before = parseConf(text);
        const after = parseConf(once);
        expect(after.get(name)).toEqual(wanted);
        expect(editConf(once, { [name]: wanted })).toBe(once);
        for (const [other, kept] of before) if (other !== name) expect(after.get(other)).toEqual(kept);
      }),
    );
  });

  it('all other bytes are kept, in order', () => {
    fc.assert(
      fc.property(file, key, value, (text, name, wanted) => {
        const edited = editConf(text, { [name]: wanted });
        let head = 0;
        while (head < text.length && text[head] === edited[head]) head += 1;
        let tail = 0;
        while (tail < text.length - head && text.at(-1 - tail) === edited.at(-1 - tail)) tail += 1;
        const replaced = text.slice(head, text.length - tail);
        const old = parseConf(text).get(name);
        // What went is at most the old value; without one, nothing went.
        if (old === undefined) expect(replaced).toBe('');
        else expect(replaced.length).toBeLessThanOrEqual(JSON.stringify(old).length + 16);
      }),
    );
  });
});
