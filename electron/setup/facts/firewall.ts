import type { HostProbe } from './host-probe.ts';
import { filteringInputChains, type InputChain } from './nft-ruleset.ts';

/** Which program decides what may come in, and what it says already. */
export type FirewallFacts =
  | { kind: 'none' }
  | { kind: 'unknown'; because: string }
  | { kind: 'firewalld'; zone: string; runtime: string[]; permanent: string[] }
  | { kind: 'ufw'; rules: string[] }
  | { kind: 'nftables'; chains: InputChain[]; file: string | undefined }
  | { kind: 'iptables' };

const nftFiles = ['/etc/nftables.conf', '/etc/sysconfig/nftables.conf', '/etc/nftables/main.nft'];
const name = /^[\w.-]{1,64}$/;

/** firewalld and ufw keep the kernel's rules for themselves, so they are asked first. */
export async function loadFirewall(probe: HostProbe): Promise<FirewallFacts> {
  if (probe.root === undefined) {
    return { kind: 'unknown', because: 'the login may not ask for the rules' };
  }
  if ((await probe.askAsRoot(['firewall-cmd', '--state'])).code === 0) return loadFirewalld(probe);
  const ufw = await probe.askAsRoot(['ufw', 'status']);
  if (ufw.code === 0 && /^Status: active/m.test(ufw.output)) return loadUfw(probe);
  const nft = await probe.askAsRoot(['nft', '-j', 'list', 'ruleset']);
  if (nft.code === 0) return nftFacts(probe, filteringInputChains(nft.output));
  const iptables = await probe.askAsRoot(['iptables', '-S', 'INPUT']);
  return iptables.code === 0 && /^-P INPUT DROP|-j (DROP|REJECT)/m.test(iptables.output)
    ? { kind: 'iptables' }
    : { kind: 'none' };
}

async function nftFacts(probe: HostProbe, chains: InputChain[]): Promise<FirewallFacts> {
  if (chains.length === 0) return { kind: 'none' };
  if (chains.some(({ family, chain }) => family.startsWith('ip') && chain === 'INPUT')) {
    return { kind: 'iptables' };
  }
  const found = await Promise.all(
    nftFiles.map(async (file) => (await probe.askAsRoot(['test', '-f', file])).code === 0),
  );
  return { kind: 'nftables', chains, file: nftFiles[found.indexOf(true)] };
}

/** The zone of the way out, which is where peers come in, or the default zone. */
async function loadFirewalld(probe: HostProbe): Promise<FirewallFacts> {
  const route = await probe.ask(['ip', '-o', 'route', 'show', 'default']);
  const device = /\bdev (\S+)/.exec(route.output)?.[1];
  const ofDevice =
    device !== undefined && name.test(device)
      ? await probe.askAsRoot(['firewall-cmd', `--get-zone-of-interface=${device}`])
      : undefined;
  const zone =
    ofDevice?.code === 0
      ? ofDevice.output.trim()
      : (await probe.askAsRoot(['firewall-cmd', '--get-default-zone'])).output.trim();
  if (!name.test(zone)) return { kind: 'unknown', because: 'firewalld names no zone' };
  const rules = async (flags: readonly string[]): Promise<string[]> =>
    linesOf(
      (await probe.askAsRoot(['firewall-cmd', ...flags, `--zone=${zone}`, '--list-rich-rules'])).output,
    );
  return { kind: 'firewalld', zone, runtime: await rules([]), permanent: await rules(['--permanent']) };
}

async function loadUfw(probe: HostProbe): Promise<FirewallFacts> {
  const { output } = await probe.askAsRoot(['ufw', 'show', 'added']);
  return { kind: 'ufw', rules: linesOf(output).filter((line) => line.startsWith('ufw ')) };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
