import { isIP } from 'node:net';

/** Bridges and the like of programs that give every host the same addresses. */
const privateCards =
  /^(?:lo|virbr|docker|br-[0-9a-f]{12}$|veth|vnet|cni|flannel|lxcbr|lxdbr|podman|tap|ovs-)/;

/** An address of one of the host's network cards; `notForOthers`: why other hosts should not use it. */
export interface OwnAddress {
  address: string;
  card: string;
  notForOthers: string | undefined;
}

/** Addresses in the output of `ip -o addr show scope global`. */
export function parseOwnAddresses(output: string): OwnAddress[] {
  return output.split('\n').flatMap((line) => {
    const [, card = '', address = ''] = /^\d+:\s+(\S{1,64})\s+inet6?\s+([0-9a-fA-F.:]+)/.exec(line) ?? [];
    if (isIP(address) === 0) return [];
    return [{ address, card, notForOthers: whyNot(card, line) }];
  });
}

function whyNot(card: string, line: string): string | undefined {
  if (privateCards.test(card)) return `is of ${card}, a network within the host`;
  return /\btemporary\b/.test(line) ? 'is temporary, and another one soon' : undefined;
}
