import { BadInputError } from '../../../common/errors.ts';
import { DeployedHosts } from '../../../deploy/deployed-hosts.ts';
import type { DeployOptions, PkiHost } from '../../../deploy/pki-host.ts';
import { bringTrust } from '../../../deploy/rotation/bring-trust.ts';
import { finishRotation } from '../../../deploy/rotation/finish-rotation.ts';
import { moveToSuccessor } from '../../../deploy/rotation/move-to-successor.ts';
import { findRotation, type Rotation } from '../../../deploy/rotation/rotation.ts';
import { RotationError } from '../../../deploy/rotation/rotation-error.ts';
import { hostsLeft, rotationState, type RotationState } from '../../../deploy/rotation/rotation-state.ts';
import { AuthorityStore } from '../../../pki/authority-store.ts';
import { unlockAuthority, type UnlockedAuthority } from '../../../pki/unlocked-authority.ts';
import { exitCodes } from '../../exit-codes.ts';
import type { DeployRequest } from './deploy.ts';
import { FindingReporter, reportFailure, reportIssued } from './deploy-report.ts';
import { HostsByName } from './hosts-by-name.ts';
import { readPassphraseFile } from './passphrase-file.ts';
import type { OpenHost } from './revoke.ts';
import { reportClients, reportLeft, reportStage } from './rotate-report.ts';

type RotateRequest = Omit<DeployRequest, 'passphraseFile'>;

/** What a run works with. */
interface Run {
  known: DeployedHosts;
  hosts: HostsByName;
  reporter: FindingReporter;
  options: DeployOptions;
}

/** Shows where the change of authority stands; touches nothing. */
export async function runRotateStatus(open: OpenHost, request: RotateRequest): Promise<number> {
  const run = begin(open, request);
  const rotation = await rotationOf(request);
  reportStage(rotation, await look(rotation, run), request.json);
  return run.reporter.exitCode;
}

/**
 * Does what comes next in a change of authority, for the hosts named, or for all where none is.
 *
 * @returns 3 when nothing could be done for them, because of other hosts or because they cannot be reached.
 */
export async function runRotateNext(
  connectUris: readonly string[],
  open: OpenHost,
  request: DeployRequest,
): Promise<number> {
  return unlocked(open, request, async (key, rotation, run) => {
    const { known, reporter, options } = run;
    const names = await run.hosts.add(connectUris);
    const state = await look(rotation, run);
    const hosts = chosenHosts(names, rotation, state);
    if (state.stage === 'trust') await bringTrust(hosts, rotation, known, reporter.report, options);
    if (state.stage === 'certificates') {
      const tools = { unlocked: key, known, state };
      const issued = await moveToSuccessor(hosts, rotation, tools, reporter.report, options);
      reportIssued(rotation.successor.name, issued, request.json);
    }
    const after = hosts.length === 0 ? state : await look(rotation, run);
    reportLeft(rotation, state.stage, after, hosts.length === 0, reporter.report);
    reportClients(rotation, after, reporter.report);
    reportStage(rotation, after, request.json);
  });
}

/** Lets every host trust the successor alone. @returns 3 when a host is not ready for it, or could not be told */
export async function runRotateFinish(open: OpenHost, request: DeployRequest): Promise<number> {
  return unlocked(open, request, async (key, rotation, run) => {
    const { known, reporter, options } = run;
    const state = await look(rotation, run);
    reportClients(rotation, state, reporter.report);
    await finishRotation(rotation, { unlocked: key, known, state }, reporter.report, options);
    const ended = await rotationOf(request);
    const after = await look(ended, run);
    reportLeft(ended, 'finish', after, true, reporter.report);
    reportStage(ended, after, request.json);
  });
}

/** The passphrase is tried before any host is looked at. */
async function unlocked(
  open: OpenHost,
  request: DeployRequest,
  work: (key: UnlockedAuthority, rotation: Rotation, run: Run) => Promise<void>,
): Promise<number> {
  const run = begin(open, request);
  const rotation = await rotationOf(request);
  const passphrase = await readPassphraseFile(request.passphraseFile, run.reporter.tell);
  const key = await unlockAuthority(rotation.successor, passphrase);
  try {
    await work(key, rotation, run);
    return run.reporter.exitCode;
  } catch (error) {
    const code = reportFailure(error, request.signal);
    return error instanceof RotationError ? exitCodes.refused : code;
  } finally {
    key.lock();
  }
}

function begin(open: OpenHost, { home, json, prompts, signal }: RotateRequest): Run {
  const known = new DeployedHosts(home);
  const reporter = new FindingReporter(json);
  const options = { prompts, signal, tell: reporter.tell };
  return { known, hosts: new HostsByName(open, known), reporter, options };
}

function rotationOf({ home, ca }: RotateRequest): Promise<Rotation> {
  return findRotation(new AuthorityStore(home), ca);
}

function look(rotation: Rotation, { hosts, options }: Run): Promise<RotationState> {
  return rotationState(rotation, hosts.reach, options);
}

/**
 * Of the hosts named, those that have something left to do and can be reached.
 *
 * @throws BadInputError `rotation-host-unknown`.
 */
function chosenHosts(names: readonly string[], { replaced }: Rotation, state: RotationState): PkiHost[] {
  const stranger = names.find((name) => !state.hosts.some(({ host }) => host === name));
  if (stranger !== undefined) {
    throw new BadInputError(
      'rotation-host-unknown',
      `${stranger} has no certificates of ${replaced.name}, so it has no part in the change.`,
      { side: 'client', remedy: `Give it its first ones with "viaduct pki deploy".` },
    );
  }
  return hostsLeft(state).flatMap(({ host, opened }) =>
    opened !== undefined && (names.length === 0 || names.includes(host)) ? [opened] : [],
  );
}
