import { quoteWord } from '../../../common/shell-quote.ts';
import type { Finding } from '../../finding.ts';
import type { HostFacts } from '../context.ts';
import { formatMode, isOpenToOthers, obstacleToReading, type OwnerAndMode } from '../facts/file-access.ts';
import type { TlsTree } from '../facts/tls-tree.ts';
import { findingsOf, type FindingsOf } from '../finding-of.ts';

/** Whether the three files are there, readable by QEMU's account, and the key by nobody else. */
export function judgeFiles(host: HostFacts, tree: TlsTree): Finding[] {
  const finding = findingsOf(`tls.${host.side}.files`, host.side);
  const evidence = describeFiles(tree);
  const hidden = [tree.ca, tree.certificate].find(
    ({ content }) => content !== undefined && 'unreadable' in content,
  );
  if (hidden !== undefined) {
    return [
      finding.unknown({
        summary: `The login on ${host.name} may not read ${hidden.path}, so QEMU's certificates were not checked.`,
        evidence,
        remedy: `Connect to ${host.name} as a user who may read ${tree.directory}, usually root.`,
      }),
    ];
  }
  const missing = [
    ...[tree.ca, tree.certificate].filter(({ content }) => content === undefined),
    ...(tree.key.stat === undefined ? [tree.key] : []),
  ];
  if (missing.length > 0) {
    return [
      finding.error({
        summary: `${host.name} has no ${missing.map(({ path }) => path).join(', no ')}.`,
        evidence: `${tree.directory} is where QEMU looks: ${tree.because}`,
        remedy: `Install QEMU's certificates for migration in ${tree.directory} on ${host.name}.`,
      }),
    ];
  }
  return [
    ...judgeAccess(host, tree, finding),
    ...judgeSecrecy(host, tree, finding),
    ...judgeLabels(host, tree),
  ];
}

function judgeAccess(host: HostFacts, tree: TlsTree, finding: FindingsOf): Finding[] {
  const user = tree.qemuUser;
  if (user === undefined) {
    return [
      finding.unknown({
        summary: `Which account QEMU uses on ${host.name} could not be found out, so whether it may read its certificates is open.`,
        evidence: describeFiles(tree),
        remedy: `Make sure that QEMU's account may read ${tree.directory} on ${host.name}.`,
      }),
    ];
  }
  const obstacles = filesOf(tree)
    .map((file) => obstacleToReading(user, file, tree.directories))
    .filter((obstacle) => obstacle !== undefined);
  const closed = [...new Map(obstacles.map((obstacle) => [obstacle.path, obstacle])).values()];
  if (closed.length === 0) {
    return [finding.ok(`${user.name} may read QEMU's certificates on ${host.name}.`, describeFiles(tree))];
  }
  return closed.map((obstacle) =>
    finding.error({
      summary: `${user.name}, as which QEMU runs on ${host.name}, may not ${obstacle.kind === 'directory' ? 'enter' : 'read'} ${describe(obstacle)}.`,
      evidence: describeFiles(tree),
      remedy: remedyFor(obstacle, user.gids[0] ?? user.uid),
    }),
  );
}

function remedyFor(obstacle: OwnerAndMode, gid: number): string {
  const mode = obstacle.kind === 'directory' ? '0750' : '0640';
  return `Let the group of QEMU's account read it: chgrp ${gid} ${obstacle.path} && chmod ${mode} ${obstacle.path}`;
}

/** What the policy lets confined QEMU processes read: certificates, and what everybody may read below /etc and /usr. */
const readableTypes = ['cert_t', 'etc_t', 'usr_t'];

/** Files that were moved from a home keep the label that they had there, and modes do not show it. */
function judgeLabels(host: HostFacts, { selinuxTypes, directory }: TlsTree): Finding[] {
  const wrong = [...selinuxTypes].filter(([, type]) => !readableTypes.includes(type));
  if (wrong.length === 0) return [];
  const words = wrong.map(([path, type]) => `${path} is ${type}`).join(', ');
  return [
    findingsOf(`tls.${host.side}.files`, host.side).warning({
      summary: `On ${host.name} SELinux may keep QEMU from its certificates: ${words}, not cert_t.`,
      remedy: `Label them as the policy wants on ${host.name}: restorecon -R ${directory}`,
    }),
  ];
}

function judgeSecrecy(host: HostFacts, tree: TlsTree, finding: FindingsOf): Finding[] {
  const key = tree.key.stat;
  if (key === undefined || !isOpenToOthers(key, tree.directories)) return [];
  return [
    finding.warning({
      summary: `Everybody on ${host.name} may read the private key ${describe(key)}.`,
      remedy: `Close it on ${host.name}: chmod o= ${quoteWord(key.path)}; if others had access, make a new key.`,
    }),
  ];
}

function filesOf(tree: TlsTree): OwnerAndMode[] {
  return [tree.ca.stat, tree.certificate.stat, tree.key.stat].filter((stat) => stat !== undefined);
}

function describeFiles(tree: TlsTree): string {
  const files = filesOf(tree).map(describe).join('; ');
  return `${tree.directory} (${tree.because})${files === '' ? '' : `: ${files}`}`;
}

function describe({ path, uid, gid, mode }: OwnerAndMode): string {
  return `${path} (owner ${uid}:${gid}, mode ${formatMode(mode)})`;
}
