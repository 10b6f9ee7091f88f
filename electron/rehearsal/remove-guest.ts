import { messageOf } from '../common/errors.ts';
import { quoteWord } from '../common/shell-quote.ts';
import type { Clock } from '../engine/clock.ts';
import { absentAsUndefined } from '../engine/preflight/facts/daemon.ts';
import { within } from '../engine/run/within.ts';
import type { HostAccess } from '../hosts/host-access.ts';
import {
  destroyDomain,
  domainByUuid,
  errorCodes,
  type CallOptions,
  type LibvirtCalls,
} from '../libvirt/index.ts';
import type { ThrowAwayGuest } from './throw-away-guest.ts';

/** For how long a host that does not answer is asked again. */
const patienceMs = 30_000;
const attemptMs = 10_000;
const pauseMs = 1_000;

/**
 * Destroys a throw-away guest on a host, whatever state it is in there; it being gone already is as good.
 *
 * Tries over the shared connection and over new ones for half a minute. Never rejects.
 *
 * @returns where it may be left and how to remove it; `undefined` when it is gone for certain
 */
export async function removeGuest(
  host: HostAccess,
  guest: ThrowAwayGuest,
  clock: Clock,
): Promise<string | undefined> {
  const giveUpAtMs = clock.nowMs() + patienceMs;
  for (;;) {
    try {
      await destroyOn(host, guest, clock);
      return undefined;
    } catch (error) {
      if (clock.nowMs() >= giveUpAtMs) return leftover(host, guest, error);
      await clock.sleep(pauseMs);
    }
  }
}

async function destroyOn(host: HostAccess, { name, uuid }: ThrowAwayGuest, clock: Clock): Promise<void> {
  const what = `the removal of ${name} on ${host.name}`;
  try {
    await within(clock, attemptMs, what, async (signal) =>
      destroyOver(await host.control(signal), uuid, signal),
    );
  } catch {
    // The shared connection may be the very one that broke without anybody having noticed.
    await within(clock, attemptMs, what, async (signal) => {
      const own = await host.connect(signal);
      try {
        await destroyOver(own, uuid, signal);
      } finally {
        void own.close();
      }
    });
  }
}

/** The UUID was made for this guest alone, so whatever has it is this guest. */
async function destroyOver(client: LibvirtCalls, uuid: string, signal: AbortSignal): Promise<void> {
  const options: CallOptions = { signal, whenDisconnected: 'fail' };
  await absentAsUndefined(errorCodes.noDomain, async () => {
    await destroyDomain(client, await domainByUuid(client, uuid, options), options);
  });
}

function leftover({ name: host, connectUri }: HostAccess, { name }: ThrowAwayGuest, error: unknown): string {
  const why = messageOf(error).replace(/\.$/, '');
  return (
    `${name} may be left on ${host}: it could not be removed there (${why}). ` +
    `The next rehearsal with ${host} looks for it; to remove it by hand, run: ` +
    `virsh --connect ${quoteWord(connectUri)} destroy ${name}`
  );
}
