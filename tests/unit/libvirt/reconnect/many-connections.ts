import { LibvirtClient, procedures, ReconnectingClient } from '../../../../electron/libvirt/index.ts';
import type { ReconnectingOptions } from '../../../../electron/libvirt/index.ts';
import { FakeDaemon } from '../../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../../fakes/stream-pair.ts';

export const dom = { name: 'web01', uuid: '11111111-2222-3333-4444-555555555555', id: 1 };

export interface Reached {
  readonly daemon: FakeDaemon;
  readonly breakLink: () => void;
}

/** A host whose daemon answers each connection anew, by the script; the client comes back without a pause. */
export function reconnecting(
  script: (daemon: FakeDaemon, connection: number, breakLink: () => void) => void = () => undefined,
  options: Partial<ReconnectingOptions> = {},
) {
  const reached: Reached[] = [];
  /** Failures that the next attempts meet, first one first. */
  const failures: Error[] = [];
  const watchers = new Set<() => void>();
  const open = async (signal: AbortSignal): Promise<LibvirtClient> => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    const pair = streamPair();
    const daemon = new FakeDaemon(pair.server);
    const breakLink = () => pair.breakLink(new Error('read ECONNRESET'));
    let nextId = 0;
    daemon
      .answer(procedures.connectDomainEventCallbackRegisterAny, () => ({ callbackId: nextId++ }))
      .answer(procedures.connectDomainEventCallbackDeregisterAny, () => ({}))
      .answer(procedures.connectGetHostname, () => ({ hostname: 'alpha.lab' }));
    script(daemon, reached.length, breakLink);
    reached.push({ daemon, breakLink });
    for (const wake of [...watchers]) wake();
    return LibvirtClient.open(pair.client, {
      name: 'qemu:///system',
      hostLabel: 'alpha',
      readOnly: options.readOnly,
      signal,
    });
  };
  const client = new ReconnectingClient({ name: 'alpha', open, random: () => 0, ...options });

  /** The daemon's side of the connection with this number. */
  async function connection(number: number): Promise<Reached> {
    for (;;) {
      const found = reached[number];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => watchers.add(resolve));
    }
  }

  async function untilState(kind: ReconnectingClient['state']['kind']): Promise<void> {
    while (client.state.kind !== kind) {
      await new Promise<void>((resolve) => {
        const stop = client.onChange(() => {
          stop();
          resolve();
        });
      });
    }
  }

  return { client, reached, failures, connection, untilState };
}
