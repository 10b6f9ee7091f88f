import { createHash } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import type { HostFile } from '../../common/host/host-files.ts';
import { insertNftRules } from '../config/nft-file.ts';
import type { HostSetupFacts } from '../inspection.ts';
import type { CommandStep, RootOperation } from '../transaction/steps.ts';
import { fileChange, newFileModes } from './file-change.ts';
import type { PlanNote, PlannedChange } from './setup-plan.ts';

export interface FirewallPlan {
  changes: PlannedChange[];
  warnings: PlanNote[];
}

interface Ports {
  tls: number;
  migration: { min: number; max: number };
}

const why = "The peers reach the daemon's TLS port and the ports of migrations; nobody else does.";
const nothing: FirewallPlan = { changes: [], warnings: [] };

/** What lets the peers in, and only them, by the program that is in charge. */
export function planFirewall(
  facts: HostSetupFacts,
  files: ReadonlyMap<string, HostFile>,
  peers: readonly string[],
): FirewallPlan {
  const { firewall, host } = facts;
  const ports: Ports = { tls: facts.tls.port, migration: facts.migrationPorts };
  const addresses = [...new Set(peers)].filter((peer) => isIP(peer) !== 0).toSorted();
  if (firewall.kind === 'none') return nothing;
  const spelled = `${ports.tls} and ${ports.migration.min}-${ports.migration.max}`;
  if (addresses.length === 0) {
    return warn(
      'firewall-no-peers',
      `${host} has a firewall, and no peers were named whom it should let in.`,
      `Name the other hosts, or open TCP ports ${spelled} for them by hand.`,
    );
  }
  switch (firewall.kind) {
    case 'unknown':
    case 'iptables':
      return warn(
        'firewall-by-hand',
        firewall.kind === 'unknown'
          ? `What the firewall of ${host} says is not known: ${firewall.because}.`
          : `${host} has rules of iptables, which other tools keep.`,
        `Let ${addresses.join(', ')} in to TCP ports ${spelled} by the means that the rules came from.`,
      );
    case 'firewalld':
      return { changes: firewalldChanges(firewall, addresses, ports), warnings: [] };
    case 'ufw':
      return { changes: ufwChanges(firewall.rules, addresses, ports), warnings: [] };
    case 'nftables':
      return planNft(firewall, files, addresses, ports);
  }
}

function warn(code: string, message: string, remedy: string): FirewallPlan {
  return { changes: [], warnings: [{ code, message, remedy }] };
}

function portRanges({ tls, migration }: Ports, separator: string): string[] {
  return [String(tls), `${migration.min}${separator}${migration.max}`];
}

function firewalldChanges(
  { zone, runtime, permanent }: { zone: string; runtime: string[]; permanent: string[] },
  addresses: readonly string[],
  ports: Ports,
): PlannedChange[] {
  const wanted = addresses.flatMap((address) =>
    portRanges(ports, '-').map(
      (port) =>
        `rule family="${isIPv4(address) ? 'ipv4' : 'ipv6'}" source address="${address}" port port="${port}" protocol="tcp" accept`,
    ),
  );
  const change = (verb: 'add' | 'remove', rule: string, flags: readonly string[]): string[] => [
    'firewall-cmd',
    ...flags,
    `--zone=${zone}`,
    `--${verb}-rich-rule=${rule}`,
  ];
  const missing = [
    ...wanted.filter((rule) => !permanent.includes(rule)).map((rule) => ({ rule, flags: ['--permanent'] })),
    ...wanted.filter((rule) => !runtime.includes(rule)).map((rule) => ({ rule, flags: [] })),
  ];
  const file = `/etc/firewalld/zones/${zone}.xml`;
  return commandChange(`Let the peers in (firewalld, zone ${zone})`, missing.length, {
    apply: missing.map(({ rule, flags }) => change('add', rule, flags)),
    revert: missing.map(({ rule, flags }) => change('remove', rule, flags)),
    touches: [file, `${file}.old`],
  });
}

function ufwChanges(rules: readonly string[], addresses: readonly string[], ports: Ports): PlannedChange[] {
  const missing = addresses
    .flatMap((address) =>
      portRanges(ports, ':').map((port) => [
        'allow',
        'from',
        address,
        'to',
        'any',
        'port',
        port,
        'proto',
        'tcp',
      ]),
    )
    .filter((rule) => !rules.includes(`ufw ${rule.join(' ')}`));
  return commandChange('Let the peers in (ufw)', missing.length, {
    apply: missing.map((rule) => ['ufw', ...rule]),
    revert: missing.map((rule) => ['ufw', '--force', 'delete', ...rule]),
    touches: ['/etc/ufw/user.rules', '/etc/ufw/user6.rules'],
  });
}

function planNft(
  firewall: Extract<HostSetupFacts['firewall'], { kind: 'nftables' }>,
  files: ReadonlyMap<string, HostFile>,
  addresses: readonly string[],
  ports: Ports,
): FirewallPlan {
  const plan: FirewallPlan = { changes: [], warnings: [] };
  for (const { family, table, chain, comments } of firewall.chains) {
    const rules = nftRules(family, addresses, ports);
    if (rules.length === 0) continue;
    const name = `viaduct-${createHash('sha256').update(rules.join('\n')).digest('hex').slice(0, 16)}`;
    const inFile = rules.map((rule) => `${rule} comment "${name}"`);
    const place = [family, table, chain];
    if (!comments.includes(name)) {
      const apply = { operation: 'nft_insert' as const, args: [...place, name, ...rules] };
      plan.changes.push({
        step: {
          kind: 'command',
          apply: [apply],
          revert: [{ operation: 'nft_remove', args: [...place, name] }],
          touches: [],
          revertLast: false,
        },
        title: `Let the peers in (nftables, ${place.join(' ')})`,
        why,
        needs: 'takes effect at once',
        diff: '',
        commands: inFile.map((rule) => `nft insert rule ${place.join(' ')} ${rule}`),
      });
    }
    plan.warnings.push(...persist(plan, firewall.file, files, { family, table, chain }, inFile));
  }
  return plan;
}

/** The rules in the file that is loaded at boot as well; loading it now would drop what other programs have added. */
function persist(
  plan: FirewallPlan,
  path: string | undefined,
  files: ReadonlyMap<string, HostFile>,
  chain: { family: string; table: string; chain: string },
  rules: string[],
): PlanNote[] {
  const file = path === undefined ? undefined : files.get(path);
  const text = file?.content.toString('utf8');
  if (path === undefined || text === undefined || insertNftRules(text, chain, rules) === undefined) {
    return [
      {
        code: 'firewall-not-kept',
        message: `The rules in ${chain.family} ${chain.table} ${chain.chain} last until the next boot: no file was found that writes this chain out.`,
        remedy: `Add them where your rules come from: ${rules.join(' ; ')}`,
      },
    ];
  }
  const words = {
    title: `Keep these rules over a boot in ${path}`,
    why,
    needs: 'nothing; it is read at boot',
  };
  const change = fileChange(path, file, { kind: 'nft', ...chain, rules }, words, newFileModes.public);
  if (change) plan.changes.push(change);
  return [];
}

function nftRules(family: string, addresses: readonly string[], ports: Ports): string[] {
  const four = addresses.filter((address) => isIPv4(address));
  const six = addresses.filter((address) => !isIPv4(address));
  const rule = (saddr: string, from: readonly string[]): string =>
    `${saddr} saddr { ${from.join(', ')} } tcp dport { ${portRanges(ports, '-').join(', ')} } accept`;
  return [
    ...(four.length > 0 && family !== 'ip6' ? [rule('ip', four)] : []),
    ...(six.length > 0 && family !== 'ip' ? [rule('ip6', six)] : []),
  ];
}

function commandChange(
  title: string,
  count: number,
  { apply, revert, touches }: { apply: string[][]; revert: string[][]; touches: string[] },
): PlannedChange[] {
  if (count === 0) return [];
  const run = (args: string[]): RootOperation => ({ operation: 'run', args });
  const step: CommandStep = {
    kind: 'command',
    apply: apply.map(run),
    revert: revert.map(run),
    touches,
    revertLast: false,
  };
  const commands = apply.map((argv) => argv.join(' '));
  return [{ step, title, why, needs: 'takes effect at once', diff: '', commands }];
}
