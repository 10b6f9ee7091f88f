import { ViaductError } from '../../common/errors.ts';
import { ChangedMeanwhileError } from '../run/recovery-actions.ts';
import type { ControlLink, Sighting } from '../run/migration-link.ts';
import { within } from '../run/within.ts';
import { diagnose } from './diagnose.ts';
import type { ActionKind, Case, Diagnosis, End, Seen } from './diagnosis.ts';
import { examine, type Surroundings } from './examine.ts';
import { recoverPostCopy } from './recover-post-copy.ts';

/** What the two hosts show now does not make that action safe; nothing was touched. */
export class NotOfferedError extends ViaductError {
  constructor(action: ActionKind, { situation, actions }: Pick<Diagnosis, 'situation' | 'actions'>) {
    const offered = actions.map((other) => other.action).join(', ');
    super('engine.not-offered', `"${action}" is not safe here: ${situation}. Nothing was touched.`, {
      remedy: offered === '' ? 'Nothing is safe to be done by Viaduct here.' : `Safe here: ${offered}.`,
    });
  }
}

export interface TreatRequest extends Surroundings, Pick<Case, 'guest' | 'past'> {
  /** Leaves off recovering a post-copy; anything else is a single order. */
  signal: AbortSignal;
  uuid: string;
  action: ActionKind;
  host: End;
  /** Where the destination of the migration listens for the rest of its memory: `tcp://HOST`, a port only where it is fixed. */
  migrateUri: Record<End, string>;
}

/**
 * Takes one action, if both hosts, looked at once more, still offer it. Whatever becomes of it, both have to be looked at
 * again afterwards.
 *
 * @throws {NotOfferedError} {ChangedMeanwhileError} nothing was touched
 * @throws {DaemonError} the daemon refused it; anything else leaves its outcome unknown
 */
export async function treat(request: TreatRequest): Promise<void> {
  const { hosts, clock, limits, uuid, action, host, guest, past } = request;
  const names = { source: hosts.source.name, destination: hosts.destination.name };
  const seen = await examine(request, uuid);
  const again = diagnose({ guest, names, seen, past });
  if (!again.actions.some((offered) => offered.action === action && offered.host === host))
    throw new NotOfferedError(action, again);
  if (action === 'recover-post-copy') return recover(request);
  await within(clock, limits.actionMs, action, async (signal) => {
    const link = await hosts[host].control(signal);
    const sighting = await link.find(uuid);
    if (signal.aborted || !isAsSeen(sighting, seen[host])) throw new ChangedMeanwhileError();
    await orders[action](link, sighting.dom);
  });
}

const orders: Record<
  Exclude<ActionKind, 'recover-post-copy'>,
  (link: ControlLink, dom: Sighting['dom']) => Promise<void>
> = {
  resume: (link, dom) => link.resume(dom),
  destroy: (link, dom) => link.destroy(dom),
  undefine: (link, dom) => link.undefine(dom),
};

async function recover({
  hosts,
  clock,
  limits,
  signal,
  uuid,
  host,
  migrateUri,
}: TreatRequest): Promise<void> {
  const other: End = host === 'source' ? 'destination' : 'source';
  await recoverPostCopy({
    ...{ clock, limits, signal, uuid },
    source: hosts[host],
    destination: hosts[other],
    migrateUri: migrateUri[other],
  });
}

function isAsSeen(sighting: Sighting | undefined, { truth }: Seen): sighting is Sighting {
  return (
    sighting !== undefined &&
    truth.kind === 'present' &&
    sighting.state === truth.state &&
    sighting.reason === truth.reason &&
    sighting.persistent === truth.persistent
  );
}
