import { z } from 'zod';
import type { NftChain } from '../config/nft-file.ts';

/** A chain that sees what comes in, and can turn it away. */
export interface InputChain extends NftChain {
  /** Comments of its rules. */
  comments: string[];
}

const chainObject = z.object({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  type: z.string().optional(),
  hook: z.string().optional(),
  policy: z.string().optional(),
});
const ruleObject = z.object({
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  comment: z.string().optional(),
  expr: z.array(z.unknown()).default([]),
});
const ruleset = z.object({
  nftables: z.array(z.object({ chain: chainObject.optional(), rule: ruleObject.optional() })),
});

/** Tables that a program keeps for itself; a rule of ours there would be lost, or break it. */
const keptByPrograms = /^(firewalld|libvirt_network|docker.*|f2b.*)$/;

/**
 * The filtering input chains of `nft -j list ruleset` that drop or reject something, by policy or rule. Chains of
 * iptables' compatibility layer (`ip filter INPUT`) are among them.
 */
export function filteringInputChains(json: string): InputChain[] {
  const parsed = ruleset.safeParse(parseJson(json));
  if (!parsed.success) return [];
  const rules = parsed.data.nftables.flatMap(({ rule }) => (rule ? [rule] : []));
  return parsed.data.nftables.flatMap(({ chain }) => {
    if (chain?.type !== 'filter' || chain.hook !== 'input' || keptByPrograms.test(chain.table)) return [];
    const own = rules.filter(
      (rule) => rule.family === chain.family && rule.table === chain.table && rule.chain === chain.name,
    );
    if (chain.policy !== 'drop' && !own.some(({ expr }) => expr.some(turnsAway))) return [];
    const comments = own.flatMap(({ comment }) => (comment === undefined ? [] : [comment]));
    return [{ family: chain.family, table: chain.table, chain: chain.name, comments }];
  });
}

function turnsAway(statement: unknown): boolean {
  return (
    typeof statement === 'object' && statement !== null && ('drop' in statement || 'reject' in statement)
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
