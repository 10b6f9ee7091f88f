import { writeFileSync } from 'node:fs';
import { readInventory } from '../../electron/hosts/inventory.ts';
import {
  domainByName,
  domainState,
  LibvirtClient,
  openUnixTransport,
  parseConnectUri,
} from '../../electron/libvirt/index.ts';
import { CountedStream } from './counted-stream.ts';
import { guestName } from './test-node.ts';

/*
 * One process of Viaduct's client, for the bench: opens a connection, does one thing, and writes what it took as JSON.
 * Arguments: URI, `inventory` or `calls`, number of guests.
 */

export interface ClientSession {
  openMs: number;
  /** The first time in a new process, when nothing has been compiled yet. */
  firstMs: number;
  /** Again, over the same connection; not for calls, which a new process makes long enough to be compiled. */
  againMs: number[];
  /** Calls on the wire for the first time. */
  roundTrips: number;
}

const INVENTORIES_AGAIN = 3;
const OPEN_TIMEOUT_MS = 120_000;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

async function inventory(client: LibvirtClient, guests: number): Promise<void> {
  const read = await readInventory(client);
  const running = read.filter(({ state }) => state === 'running').length;
  if (running !== guests) throw new Error(`${running} of ${guests} guests are running.`);
}

/** What virsh's domstate does: it looks the guest up by its name, then asks for its state. */
async function stateOf(client: LibvirtClient, number: number): Promise<void> {
  await domainState(client, await domainByName(client, guestName(number)));
}

const works: Record<string, (client: LibvirtClient, guests: number) => Promise<unknown>> = {
  inventory,
  async callsInTurn(client, guests) {
    for (let number = 0; number < guests; number++) await stateOf(client, number);
  },
  calls: (client, guests) =>
    Promise.all(Array.from({ length: guests }, (_, number) => stateOf(client, number))),
};

const [text = '', what = '', count = ''] = process.argv.slice(2);
const work = works[what];
if (work === undefined) throw new Error(`There is no work "${what}".`);
const uri = parseConnectUri(text);
const begin = performance.now();
const stream = new CountedStream(await openUnixTransport(uri));
await using client = await LibvirtClient.open(stream, {
  name: uri.remoteName,
  handshakeTimeoutMs: OPEN_TIMEOUT_MS,
});
const openMs = performance.now() - begin;
const before = stream.calls;
const firstMs = await timed(() => work(client, Number(count)));
const roundTrips = stream.calls - before;
const againMs: number[] = [];
const rounds = what === 'inventory' ? INVENTORIES_AGAIN : 0;
for (let round = 0; round < rounds; round++) againMs.push(await timed(() => work(client, Number(count))));
const session: ClientSession = { openMs, firstMs, againMs, roundTrips };
writeFileSync(1, `${JSON.stringify(session)}\n`);
