import { insertLine, linesOf } from './lines.ts';

export interface NftChain {
  family: string;
  table: string;
  chain: string;
}

/**
 * Puts rules at the head of a base chain in a file for `nft -f` and keeps every other byte. `undefined` where the file
 * does not write that chain out as `table FAMILY NAME { chain NAME { type ... hook ...`, once.
 */
export function insertNftRules(text: string, chain: NftChain, rules: readonly string[]): string | undefined {
  const place = hookLine(text, chain);
  if (place === undefined) return undefined;
  const wanted = rules.filter((rule) => !text.includes(rule));
  return wanted.reduceRight(
    (current, rule) => insertLine(current, place.next, `${place.indent}${rule}`),
    text,
  );
}

function hookLine(
  text: string,
  { family, table, chain }: NftChain,
): { next: number; indent: string } | undefined {
  const found: { next: number; indent: string }[] = [];
  let currentTable = '';
  let currentChain = '';
  for (const { line, next } of linesOf(text)) {
    const code = line.replace(/#.*/, '');
    const tableMatch = /^\s*(?:add\s+)?table\s+(?:(ip|ip6|inet)\s+)?(\S+)\s*\{/.exec(code);
    if (tableMatch) currentTable = `${tableMatch[1] ?? 'ip'} ${tableMatch[2] ?? ''}`;
    const chainMatch = /\bchain\s+(\S+)\s*\{/.exec(code);
    if (chainMatch) currentChain = chainMatch[1] ?? '';
    const isHook = /^\s*type\s+filter\s+hook\s+input\b[^{}]*$/.test(code);
    if (isHook && currentTable === `${family} ${table}` && currentChain === chain) {
      found.push({ next, indent: /^\s*/.exec(line)?.[0] ?? '' });
    }
  }
  return found.length === 1 ? found[0] : undefined;
}
