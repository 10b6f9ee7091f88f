import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  CallUnansweredError,
  domainByName,
  domainState,
  domainStates,
  domainXml,
  isLibvirtError,
  LibvirtClient,
  lifecycleEvents,
  openUnixTransport,
  parseConnectUri,
  procedures,
  ReconnectingClient,
} from '../../electron/libvirt/index.ts';
import { leaderOf } from './host.ts';
import { Lab, waitFor } from './lab.ts';
import { hosts } from './layout.ts';

let lab: Lab;
let uriText: string;
const clients: ReconnectingClient[] = [];

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  const leader = await leaderOf(hosts.alpha);
  uriText = `qemu+unix:///system?socket=/proc/${String(leader)}/root/run/libvirt/libvirt-sock`;
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
});

function reconnecting(): ReconnectingClient {
  const uri = parseConnectUri(uriText);
  const client = new ReconnectingClient({
    name: 'alpha.lab',
    open: async (signal) =>
      LibvirtClient.open(await openUnixTransport(uri, { signal }), {
        name: uri.remoteName,
        hostLabel: 'alpha.lab',
        signal,
        handshakeTimeoutMs: 20_000,
      }),
  });
  clients.push(client);
  return client;
}

const scratch = {
  uuid: 'a1f0c7de-0009-4b6e-9a53-76e0b1a2c309',
  xml: `<domain type='qemu'>
    <name>scratch</name>
    <uuid>a1f0c7de-0009-4b6e-9a53-76e0b1a2c309</uuid>
    <memory unit='MiB'>32</memory>
    <os><type arch='x86_64' machine='q35'>hvm</type></os>
    <features><acpi/></features>
  </domain>`,
};

async function define(): Promise<void> {
  await lab.mustRun('alpha', ['sh', '-c', 'cat > /run/scratch.xml'], { stdin: scratch.xml });
  await lab.virsh('alpha', ['define', '/run/scratch.xml']);
}

const ways: [string, () => Promise<unknown>][] = [
  ['a restart by systemd', () => lab.mustRun('alpha', ['systemctl', 'restart', 'libvirtd'])],
  ['a kill -9', () => lab.killProcess('alpha', /libvirtd/)],
];

describe.each(ways)('%s under a hundred running calls', (_how, end) => {
  it('leaves none of them hanging, and events flow again', async () => {
    await define();
    // The daemon takes five calls of a connection at a time, so a hundred that run need more than one.
    const many = Array.from({ length: 25 }, reconnecting);
    await Promise.all(many.map((client) => client.connected()));
    const [watcher] = many;
    if (watcher === undefined) throw new Error('no client');
    const events: string[] = [];
    await watcher.onDomainEvent(
      'lifecycle',
      ({ dom, event }) => {
        if (dom.name !== 'scratch') return;
        if (event === lifecycleEvents.started) events.push('started');
        if (event === lifecycleEvents.stopped) events.push('stopped');
      },
      { onMissed: () => events.push('gap') },
    );
    const dom = await domainByName(watcher, 'db01');

    let over = false;
    let running = 0;
    const ended = { answered: 0, refused: 0, 'not-sent': 0, unknown: 0 };
    const unexpected: unknown[] = [];
    const worker = async (client: ReconnectingClient, writes: boolean): Promise<void> => {
      while (!over) {
        running += 1;
        try {
          const options = { deadlineMs: 40_000 };
          if (writes) {
            const args = { dom, type: 0, metadata: 'busy', key: undefined, uri: undefined, flags: 1 };
            await client.call(procedures.domainSetMetadata, args, options);
          } else await client.call(procedures.connectGetCapabilities, {}, options);
          ended.answered += 1;
        } catch (error) {
          if (error instanceof CallUnansweredError) ended[error.outcome] += 1;
          else if (isLibvirtError(error)) ended.refused += 1;
          else unexpected.push(error);
        } finally {
          running -= 1;
        }
      }
    };
    const workers = many.flatMap((client) => [0, 1, 2, 3].map((index) => worker(client, index === 0)));
    await waitFor(
      'the workers have had answers',
      () => Promise.resolve(ended.answered > 100 ? true : undefined),
      { timeoutMs: 60_000 },
    );
    expect(running).toBe(100);
    await end();
    await waitFor(
      'every client is connected again',
      () => Promise.resolve(many.every(({ state }) => state.kind === 'connected') ? true : undefined),
      { timeoutMs: 90_000 },
    );
    over = true;
    await Promise.all(workers);

    expect(running).toBe(0);
    expect(unexpected).toEqual([]);
    // Reads were asked again; of the writes that were under way the outcome is said, and listed.
    expect(ended.unknown).toBeGreaterThan(0);
    expect(many.flatMap(({ unanswered }) => unanswered)).toHaveLength(ended.unknown);
    expect(new Set(many.flatMap(({ unanswered }) => unanswered.map(({ procedure }) => procedure)))).toEqual(
      new Set(['DOMAIN_SET_METADATA']),
    );

    expect(events).toEqual(['gap']);
    await lab.virsh('alpha', ['start', 'scratch']);
    await lab.virsh('alpha', ['destroy', 'scratch']);
    await waitFor(
      'the start and the stop of scratch are heard of',
      () => Promise.resolve(events.length >= 3 ? true : undefined),
      { timeoutMs: 10_000 },
    );
    expect(events).toEqual(['gap', 'started', 'stopped']);
    await lab.virsh('alpha', ['undefine', 'scratch']);
  }, 240_000);
});

describe('a handle from an earlier connection', () => {
  it('finds its guest renamed and restarted, and says when it is gone', async () => {
    await define();
    const client = reconnecting();
    const dom = await domainByName(client, 'scratch');
    expect(dom.id).toBe(-1);
    await lab.killProcess('alpha', /libvirtd/);
    await lab.virsh('alpha', ['domrename', 'scratch', 'renamed']);
    await lab.virsh('alpha', ['start', 'renamed']);
    expect((await domainState(client, dom)).state).toBe(domainStates.running);
    expect(await domainXml(client, dom)).toContain('<name>renamed</name>');
    await client.call(procedures.domainDestroy, { dom });
    await lab.killProcess('alpha', /libvirtd/);
    await lab.virsh('alpha', ['undefine', 'renamed']);
    await expect(domainState(client, dom)).rejects.toMatchObject({ code: 'libvirt-no-domain' });
    expect(client.unanswered).toEqual([]);
  }, 120_000);
});
