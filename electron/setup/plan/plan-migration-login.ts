import { randomBytes } from 'node:crypto';
import { digestOf, type HostFile } from '../../common/host/host-files.ts';
import { authConfFault, setCredentials, shownAuthConf } from '../config/auth-conf-file.ts';
import { unifiedDiff } from '../config/unified-diff.ts';
import type { HostSetupFacts } from '../inspection.ts';
import { newFileModes } from './file-change.ts';
import type { MigrationLogin, PlannedChange, PlanNote } from './setup-plan.ts';
import { WithheldContent } from './withheld-content.ts';

/** Where libvirt's client looks for root's credentials: the first that is there counts. */
export const authConfPaths = {
  root: '/root/.config/libvirt/auth.conf',
  system: '/etc/libvirt/auth.conf',
} as const;

interface MigrationLoginPlan {
  changes: PlannedChange[];
  obstacles: PlanNote[];
  warnings: PlanNote[];
  afterwards: string[];
}

/** Gives the host's daemon a name and a password for the daemons of its destinations, where those ask for them. */
export function planMigrationLogin(
  { host }: HostSetupFacts,
  files: ReadonlyMap<string, HostFile>,
  login: MigrationLogin | undefined,
): MigrationLoginPlan {
  const plan: MigrationLoginPlan = { changes: [], obstacles: [], warnings: [], afterwards: [] };
  if (login === undefined || login.destinations.length === 0) return plan;
  const path = authConfPaths.system;
  const file = files.get(path);
  const before = textOf(file);
  const fault = before === undefined ? 'it is not text in UTF-8' : authConfFault(before);
  if (files.has(authConfPaths.root)) {
    plan.obstacles.push({
      code: 'auth-conf-of-root',
      message: `On ${host} root has ${authConfPaths.root}, which libvirt takes instead of ${path}.`,
      remedy: 'Put the credentials there by hand, or move that file away.',
    });
  }
  if (before === undefined || fault !== undefined) {
    plan.obstacles.push({
      code: 'auth-conf-broken',
      message: `${path} of ${host} cannot be understood: ${fault ?? ''}.`,
      remedy: 'Mend it first.',
    });
    return plan;
  }
  const change = changeOf(file, before, login);
  if (change !== undefined) {
    plan.changes.push(change);
    plan.afterwards.push(
      `See that ${login.destinations.join(' and ')} know ${login.user} with that password: saslpasswd2 -a libvirt ${login.user}`,
    );
  }
  if (file !== undefined && (file.mode & 0o077) !== 0) {
    plan.warnings.push({
      code: 'auth-conf-exposed',
      message: `Others than root can read ${path} of ${host}, which has passwords.`,
      remedy:
        change === undefined ? `Run "chmod 600 ${path}" there.` : 'With this change it is root’s alone.',
    });
  }
  return plan;
}

function changeOf(
  file: HostFile | undefined,
  before: string,
  { user, password, destinations }: MigrationLogin,
): PlannedChange | undefined {
  const path = authConfPaths.system;
  const credentials = { user, password: password.reveal(), hosts: destinations };
  const after = setCredentials(before, credentials, randomBytes(16).toString('hex'));
  if (after === before) return undefined;
  const content = Buffer.from(after);
  return {
    title: `Log in as ${user} at ${destinations.join(' and ')} (${path})`,
    why: 'In a peer-to-peer migration the daemon logs in at the destination by itself; this is who it is there.',
    needs: 'nothing is restarted, because libvirt reads it at each login; the file is root’s alone',
    step: {
      kind: 'file',
      path: file?.path ?? path,
      mode: newFileModes.private,
      uid: 0,
      gid: 0,
      before: digestOf(file?.content),
      after: digestOf(content),
      edit: { kind: 'withheld' },
    },
    diff: unifiedDiff(path, shownAuthConf(before, before), shownAuthConf(after, before)),
    commands: [],
    content: new WithheldContent(content),
  };
}

function textOf(file: HostFile | undefined): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file?.content);
  } catch {
    return undefined;
  }
}
