import { knownClients } from '../../../deploy/allow-list/known-clients.ts';
import { HostSetup, type KnownSetup } from '../../../setup/host-setup.ts';
import { peerAddresses } from '../../../setup/peers.ts';
import { authConfPaths } from '../../../setup/plan/plan-migration-login.ts';
import type { AllowedClients, MigrationLogin, SetupPlan } from '../../../setup/plan/setup-plan.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import type { SetupOutcome } from '../../../setup/transaction/transaction.ts';
import { printable } from '../../output/printable.ts';
import { isAgreed } from '../is-agreed.ts';
import { progressReporter, report, reportError, rolledBackWords } from './outcome.ts';
import { reportPlan } from './plan-report.ts';
import type { ChangeRequest, PrepareRequest } from './request.ts';

interface Prepared {
  host: SetupHost;
  setup: HostSetup;
  plan: SetupPlan;
}

/**
 * Shows what has to change on the hosts and, once agreed, changes it, one host after the other. What was cut off
 * before is brought to its end first.
 */
export async function runHostPrepare(hosts: readonly SetupHost[], request: PrepareRequest): Promise<number> {
  const names = hosts.map(({ name }) => name);
  try {
    return await prepare(hosts, names, request);
  } catch (error) {
    return reportError(request.json, names, error);
  }
}

async function prepare(
  hosts: readonly SetupHost[],
  names: readonly string[],
  request: PrepareRequest,
): Promise<number> {
  const { json, home } = request;
  for (const host of hosts) {
    const code = await finishEarlier(host, new HostSetup(home, host), request);
    if (code !== undefined) return code;
  }
  if (!json) process.stderr.write(`Looking at ${printable(names.join(', '))} ...\n`);
  const allowedClients = request.allowOnlyKnown ? await knownClients(hosts, home, request) : undefined;
  const prepared = await Promise.all(hosts.map((host) => look(host, names, allowedClients, request)));
  for (const { plan } of prepared) reportPlan(plan, json);
  const obstacle = prepared.flatMap(({ plan }) => plan.obstacles)[0];
  if (obstacle) return report(json, 'refused', names, 'Refused; nothing was touched.');
  const changing = prepared.filter(({ plan }) => plan.changes.length > 0);
  if (changing.length === 0) return report(json, 'unchanged', names, 'Nothing has to change.');
  const affected = changing.map(({ host }) => host.name);
  if (!(await isAgreed(`Make these changes on ${affected.join(' and ')}?`, request))) {
    return report(json, 'refused', names, 'Nothing was touched.');
  }
  for (const { host, setup, plan } of changing) {
    const code = conclude(host, await setup.apply(plan, optionsFor(host, request)), names, request);
    if (code !== undefined) return code;
  }
  return report(json, 'prepared', names, `Prepared: ${names.join(', ')}.`);
}

async function look(
  host: SetupHost,
  names: readonly string[],
  allowedClients: AllowedClients | undefined,
  request: PrepareRequest,
): Promise<Prepared> {
  const { home, signal, prompts, wishes } = request;
  const setup = new HostSetup(home, host);
  const others = names.filter((name) => name !== host.name);
  const migrationLogin = loginOf(host, others, request);
  const [inspection, found] = await Promise.all([
    setup.inspect({ prompts, signal }, migrationLogin ? Object.values(authConfPaths) : []),
    peerAddresses(host, others, signal),
  ]);
  const peers = [...wishes.peers, ...found];
  const wished = { ...wishes, peers, allowedClients, migrationLogin };
  return { host, setup, plan: setup.plan(inspection, wished) };
}

function loginOf(
  { name }: SetupHost,
  others: readonly string[],
  { migrationLogin }: PrepareRequest,
): MigrationLogin | undefined {
  if (migrationLogin === undefined) return undefined;
  const { user, password, peers } = migrationLogin;
  const destinations = [...new Set([...others, ...peers])].filter((peer) => peer !== name);
  return { user, password, destinations };
}

/** @returns an exit code where the command ends with it */
async function finishEarlier(
  host: SetupHost,
  setup: HostSetup,
  request: PrepareRequest,
): Promise<number | undefined> {
  const earlier = await setup.unfinished();
  if (earlier === undefined) return undefined;
  const question = `${earlierWords(host.name, earlier)} Go on with it?`;
  if (!(await isAgreed(question, request))) {
    const sentence = `${earlierWords(host.name, earlier)} Nothing was touched.`;
    return report(request.json, 'refused', [host.name], sentence);
  }
  const outcome = await setup.resume(optionsFor(host, request));
  return outcome && conclude(host, outcome, [host.name], request);
}

function earlierWords(host: string, { at, done, changes, phase }: KnownSetup): string {
  const how =
    phase === 'reverting' ? 'was being taken back' : `was cut off after ${done} of ${changes.length} changes`;
  return `The setup of ${host} of ${at} ${how}.`;
}

/** @returns an exit code for what is no success */
function conclude(
  host: SetupHost,
  outcome: SetupOutcome,
  names: readonly string[],
  { json }: ChangeRequest,
): number | undefined {
  if (outcome.outcome === 'applied') return undefined;
  const words = rolledBackWords(host.name, outcome);
  // An undo that was cut off is finished here: the host is bare again, and can be prepared.
  if (outcome.why === 'asked') return undefined;
  const error = outcome.error === undefined ? undefined : new Error(outcome.error);
  return report(json, words.outcome, names, words.sentence, error);
}

function optionsFor(host: SetupHost, { prompts, signal, json }: ChangeRequest) {
  return { prompts, signal, progress: progressReporter(host.name, json) };
}
