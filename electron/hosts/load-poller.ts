import type { ReconnectingClient } from '../libvirt/index.ts';
import { LoadReader } from './host-load.ts';
import type { HostLoad } from './snapshots.ts';

const intervalMs = 4000;

/** Samples the host's own load, three small questions every four seconds, until the result is called. */
export function pollLoad(link: ReconnectingClient, onLoad: (load: HostLoad) => void): () => void {
  const reader = new LoadReader();
  let reading = false;
  let stopped = false;
  const read = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    try {
      const load = await reader.read(link);
      if (!stopped) onLoad(load);
    } catch {
      // A host whose driver has no load figures shows none; a lost link ends the polling.
    } finally {
      reading = false;
    }
  };
  void read();
  const timer = setInterval(() => void read(), intervalMs);
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
