import type { Clock } from '../engine/clock.ts';
import type { HostAccess } from '../hosts/host-access.ts';
import { capabilities, type CallOptions } from '../libvirt/index.ts';
import { commonGround, type GuestShape } from './common-ground.ts';
import { forgottenGuests } from './forgotten-guests.ts';
import { thisProcess } from './mark.ts';
import { onSide } from './rehearsal-problem.ts';
import { removeGuest } from './remove-guest.ts';

export interface Preparation {
  shape: GuestShape;
  /** About guests of earlier rehearsals that could not be removed. */
  leftovers: string[];
}

const askDeadlineMs = 20_000;

/**
 * Finds out what kind of guest both hosts can run, and removes what earlier rehearsals forgot there.
 *
 * @throws {NoCommonGroundError} before anything is touched
 * @throws {ViaductError} a host cannot be asked; `side` says which
 */
export async function prepare(
  source: HostAccess,
  destination: HostAccess,
  { clock, signal, tell }: { clock: Clock; signal: AbortSignal; tell: (sentence: string) => void },
): Promise<Preparation> {
  const options: CallOptions = { signal, deadlineMs: askDeadlineMs };
  const ask = async (host: HostAccess): Promise<string> => capabilities(await host.control(signal), options);
  const [here, there] = await Promise.all([
    onSide('source', ask(source)),
    onSide('destination', ask(destination)),
  ]);
  const shape = commonGround(
    { name: source.name, capabilities: here },
    { name: destination.name, capabilities: there },
  );
  const clear = async (host: HostAccess): Promise<string[]> => {
    const leftovers: string[] = [];
    for (const guest of await forgottenGuests(await host.control(signal), thisProcess, Date.now(), options)) {
      tell(`Removing ${guest.name} from ${host.name}; an earlier rehearsal left it there.`);
      const leftover = await removeGuest(host, guest, clock);
      if (leftover !== undefined) leftovers.push(leftover);
    }
    return leftovers;
  };
  const leftovers = [
    ...(await onSide('source', clear(source))),
    ...(await onSide('destination', clear(destination))),
  ];
  return { shape, leftovers };
}
