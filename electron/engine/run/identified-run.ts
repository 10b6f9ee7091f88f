import { messageOf, ViaductError } from '../../common/errors.ts';
import type { IdentityMaker } from '../../common/host/one-time-identity.ts';
import type { HostAccess } from '../../hosts/host-access.ts';
import { defaultPorts, parseConnectUri } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import { explain } from '../explain.ts';
import type { MigrationResult, OutcomeError } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import { createContext } from '../preflight/create-context.ts';
import { orUndefined } from '../preflight/once.ts';
import { filesIn, tryPeerLogin } from '../preflight/peer/login-trial.ts';
import { whyShutOut } from '../preflight/peer/why-shut-out.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import { StagedRun, untouched } from './staged-run.ts';
import type { BegunRun } from './staged-run.ts';

export interface IdentifiedRequest {
  plan: MigrationPlan;
  source: HostAccess;
  destination: HostAccess;
  identity: IdentityMaker;
  journal: RunJournal;
  clock: Clock;
}

/**
 * A migration with an identity of its own: it is put on the source and the login is tried with it, then the guest is
 * moved, and whatever came of it the identity is removed. Where the login fails nothing was done to the guest.
 */
export class IdentifiedRun extends StagedRun {
  readonly #request: IdentifiedRequest;
  readonly #begin: () => BegunRun;

  /** @param begin starts the migration proper */
  constructor(request: IdentifiedRequest, begin: () => BegunRun) {
    super(request.plan);
    this.#request = request;
    this.#begin = begin;
  }

  /** Call once. Never rejects. */
  async run(): Promise<MigrationResult> {
    const { identity, journal } = this.#request;
    const result = await this.#move();
    this.end();
    try {
      await identity.remove();
      journal.note({ type: 'identity-gone' });
      return result;
    } catch (error) {
      const remedy = error instanceof ViaductError ? (error.remedy ?? '') : '';
      return { ...result, leftBehind: { side: 'source', message: messageOf(error), remedy } };
    }
  }

  async #move(): Promise<MigrationResult> {
    const { clock, plan } = this.#request;
    const startedMs = clock.nowMs();
    const end = (outcome: 'refused' | 'cancelled', error?: OutcomeError): MigrationResult =>
      untouched(plan, outcome, clock.nowMs() - startedMs, error);
    try {
      const refusal = await this.#prepare();
      if (this.stop.aborted) return end('cancelled');
      if (refusal !== undefined) return end('refused', refusal);
    } catch (error) {
      if (this.stop.aborted) return end('cancelled');
      return end('refused', { ...explain(error, 'source', 'begin'), phase: 'preflight' });
    }
    return this.begin(this.#begin()).result;
  }

  /** @returns why the login with the identity fails; `undefined` where it works, or where nothing there can try it. */
  async #prepare(): Promise<OutcomeError | undefined> {
    const { plan, source, destination, identity, journal } = this.#request;
    const signal = this.stop;
    const { planned } = identity;
    const { dconnuri = '' } = plan;
    const { server: host = '', port = defaultPorts.tls } = parseConnectUri(dconnuri);
    const address = { dconnuri, transport: 'tls', host, port, because: 'as planned' } as const;
    journal.note({ type: 'identity', folder: planned.folder });
    await journal.flush();
    const root = await identity.place(signal);
    const trial = await tryPeerLogin(root, address, filesIn(planned.folder), signal);
    if (trial.kind === 'in' || trial.kind === 'not-tried') return undefined;
    const { options, guest } = plan;
    const context = createContext({
      guest: guest.uuid,
      source,
      destination,
      options,
      identity: planned,
      signal,
    });
    const door = await orUndefined(() => context.destination.daemonDoor());
    const login = { address, identity: planned.subject, door, oneTime: planned, trial };
    const { cause, summary, remedy } = await whyShutOut(login, trial, context);
    return { code: `control.login.${cause}`, side: 'source', phase: 'preflight', message: summary, remedy };
  }
}
