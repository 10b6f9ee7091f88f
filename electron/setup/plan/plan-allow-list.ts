import type { HostFile } from '../../common/host/host-files.ts';
import { parseConnectUri } from '../../libvirt/index.ts';
import type { DaemonLayout } from '../facts/daemon-layout.ts';
import type { HostSetupFacts } from '../inspection.ts';
import { fileChange, newFileModes } from './file-change.ts';
import type { AllowedClients, PlannedChange, PlanNote } from './setup-plan.ts';

const setting = 'tls_allowed_dn_list';

export interface AllowListPlan {
  /** Of the daemon's own files, those planned before among them. */
  changes: PlannedChange[];
  obstacles: PlanNote[];
  warnings: PlanNote[];
}

/**
 * The daemon is to let in those clients alone whose certificates have one of these names, exactly. An entry is a
 * pattern to libvirt (`g_pattern_match_simple`), which knows no escaping: that is told where a name holds `*` or `?`.
 *
 * @param planned changes of the daemon's files; one file is changed once.
 */
export function planAllowList(
  facts: HostSetupFacts,
  files: ReadonlyMap<string, HostFile>,
  allowed: AllowedClients | undefined,
  planned: readonly PlannedChange[],
): AllowListPlan {
  const { layout } = facts;
  if (allowed === undefined || layout === undefined) {
    return { changes: [...planned], obstacles: [], warnings: [] };
  }
  const names = [...new Set(allowed.clients.map(({ name }) => name))].sort();
  const before = listedNow(facts);
  const isSame = before?.length === names.length && names.every((name) => before.includes(name));
  const dropped = (before ?? []).filter((name) => !names.includes(name));
  return {
    changes: isSame ? [...planned] : withList(layout, files, names, planned),
    obstacles: obstacles(facts, allowed),
    warnings: warnings(facts, allowed, dropped),
  };
}

function withList(
  { confPath, service }: DaemonLayout,
  files: ReadonlyMap<string, HostFile>,
  names: readonly string[],
  planned: readonly PlannedChange[],
): PlannedChange[] {
  const same = planned.find(({ step }) => step.kind === 'file' && step.path === confPath);
  const earlier = same?.step.kind === 'file' && same.step.edit.kind === 'conf' ? same.step.edit.set : {};
  const change = fileChange(
    confPath,
    files.get(confPath),
    { kind: 'conf', set: { ...earlier, [setting]: [...names] } },
    {
      title: `Let in over TLS only the clients that are named (${confPath})`,
      why: `Without ${setting}, everybody with a certificate of a trusted authority is let in.`,
      needs: `${service} has to be restarted, which comes below`,
    },
    newFileModes.public,
  );
  return [...planned.filter((one) => one !== same), ...(change === undefined ? [] : [change])];
}

function listedNow({ daemonConf }: HostSetupFacts): string[] | undefined {
  const set = daemonConf.settings[setting];
  return Array.isArray(set) ? set.map(String) : undefined;
}

function obstacles(
  { host, connectUri }: HostSetupFacts,
  { clients, workstation }: AllowedClients,
): PlanNote[] {
  if (clients.length === 0) {
    return [
      {
        code: 'allow-list-empty',
        message: `With an empty list the daemon of ${host} would let nobody in over TLS.`,
        remedy: 'Name the hosts that are to be let in.',
      },
    ];
  }
  const isListed = workstation.some((name) => clients.some((client) => client.name === name));
  if (parseConnectUri(connectUri).transport !== 'tls' || isListed) return [];
  return [
    {
      code: 'allow-list-self',
      message: `This workstation reaches ${host} over TLS, and would shut itself out: ${workstation.length === 0 ? 'it has no client certificate that is known here' : `${workstation.join(' and ')} is not on the list`}.`,
      remedy: `Connect to ${host} with qemu+ssh://, or put the workstation's certificate on the list.`,
    },
  ];
}

function warnings(
  { host }: HostSetupFacts,
  { clients, shutOut, workstation, unknownOf }: AllowedClients,
  dropped: readonly string[],
): PlanNote[] {
  const notes: PlanNote[] = [
    {
      code: 'allow-list',
      message: `The daemon of ${host} will let in over TLS only ${clients.map(({ owner, name }) => `${owner} (${name})`).join(', ')}. A new certificate with another name is not let in.`,
      remedy: `To let in more hosts, prepare ${host} again together with them.`,
    },
  ];
  if (shutOut.length > 0) {
    notes.push({
      code: 'allow-list-shut-out',
      message: `${shutOut.join(', ')} ${shutOut.length === 1 ? 'has a valid certificate' : 'have valid certificates'} and will be shut out of the daemon of ${host}.`,
      remedy: 'Name them as well if they are to be let in.',
    });
  }
  if (unknownOf.length > 0) {
    notes.push({
      code: 'allow-list-unknown',
      message: `Who else has a certificate of ${unknownOf.join(' or ')} is not known here, and will be shut out of ${host} as well.`,
    });
  }
  if (workstation.length === 0) {
    notes.push({
      code: 'allow-list-no-workstation',
      message: `This workstation has no client certificate, so it is not on the list: qemu+tls://${host} will not let it in, qemu+ssh:// goes on.`,
    });
  }
  if (dropped.length > 0) {
    notes.push({
      code: 'allow-list-dropped',
      message: `Who is on the list of ${host} now and will be taken off it: ${dropped.join('; ')}.`,
    });
  }
  for (const { owner, name } of clients.filter((client) => /[*?]/.test(client.name))) {
    notes.push({
      code: 'allow-list-pattern',
      message: `The name of ${owner} (${name}) holds * or ?, which stand for any text on the list: others may match it.`,
      remedy: `Give ${owner} a certificate without them.`,
    });
  }
  return notes;
}
