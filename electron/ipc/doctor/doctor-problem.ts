import type { OfferedAction } from '../../engine/doctor/diagnosis.ts';
import { DaemonError } from '../../engine/run/migration-link.ts';
import { wireError } from '../wire-error.ts';
import type { DoctorProblem, DoctorVisit } from './doctor-snapshot.ts';

/** What was asked for; absent for a look. `stopped`: it was told to leave off. */
type Order = Pick<OfferedAction, 'action' | 'host'> & { stopped?: boolean };

/** Anything that was thrown while a guest was looked at or treated, with the host that it is about and what to do next. */
export function doctorProblem(
  error: unknown,
  { guest, hosts }: Pick<DoctorVisit, 'guest' | 'hosts'>,
  order: Order | undefined,
): DoctorProblem {
  if (order?.stopped === true) {
    return {
      code: 'doctor-stopped',
      message: `Recovering ${guest} was left off.`,
      remedy: 'It can be begun again if it is offered below.',
      where: undefined,
    };
  }
  const { side, remedy, ...rest } = wireError(error);
  const next = order ? 'Both hosts were asked again: go by what they say now.' : 'Ask again.';
  return { ...rest, remedy: remedy ?? next, where: where() };

  function where(): string | undefined {
    if (side === 'client') return 'this computer';
    const acted = order && hosts[order.host].name;
    if (order?.action !== 'recover-post-copy') return error instanceof DaemonError ? acted : undefined;
    const other = order.host === 'source' ? 'destination' : 'source';
    if (side === 'destination') return hosts[other].name;
    return side === 'source' ? acted : undefined;
  }
}
