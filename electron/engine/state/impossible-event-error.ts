import { ViaductError } from '../../common/errors.ts';
import type { MigrationEvent } from './migration-event.ts';
import type { MigrationState } from './migration-state.ts';

/** The event cannot happen in this state: a defect of the caller, or a journal that was tampered with. */
export class ImpossibleEventError extends ViaductError {
  constructor(state: MigrationState, event: MigrationEvent) {
    const what = 'call' in event ? `${event.type} ${event.call}` : event.type;
    super('engine.impossible-event', `A migration that is ${state.kind} cannot take the event "${what}".`);
  }
}
