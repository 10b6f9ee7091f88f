const comments = /\/\*[\s\S]*?\*\//g;

/** The constants of `#define NAME (256 + 1)` and the like that are plain sums. */
export function readDefines(source: string): Map<string, number> {
  const defines = new Map<string, number>();
  for (const [, name = '', value = ''] of source.matchAll(/^\s*#\s*define\s+(\w+)\s+\(?([\d +]+)\)?\s*$/gm)) {
    defines.set(
      name,
      value.split('+').reduce((sum, part) => sum + Number(part), 0),
    );
  }
  return defines;
}

/** The members of all enums whose names begin with `prefix`, without it: numbers, shifts, or one more than the last. */
export function readEnumMembers(source: string, prefix: string): Map<string, number> {
  const members = new Map<string, number>();
  const plain = source.replace(comments, '').replace(/^\s*#.*$/gm, '');
  for (const [, body = ''] of plain.matchAll(/enum\s*\w*\s*\{([^}]*)\}/g)) {
    let value = -1;
    for (const member of body.split(',')) {
      const [, name, expression] = /^\s*(\w+)\s*(?:=\s*([\s\S]+?))?\s*$/.exec(member) ?? [];
      if (name === undefined) continue;
      value = expression === undefined ? value + 1 : valueOf(expression);
      if (name.startsWith(prefix)) members.set(name.slice(prefix.length), value);
    }
  }
  return members;
}

function valueOf(expression: string): number {
  const [, one, bits] = /^\(?\s*(\d+)\s*U?\s*<<\s*(\d+)\s*\)?$/.exec(expression) ?? [];
  return one === undefined ? Number(expression) : Number(one) * 2 ** Number(bits);
}
