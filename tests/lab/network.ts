import { existsSync } from 'node:fs';
import { mustRun } from './command.ts';
import { network } from './layout.ts';

/** The cable between the hosts and the outer machine. No way out: the hosts reach each other and nothing else. */
export async function ensureBridge(): Promise<void> {
  if (existsSync(`/sys/class/net/${network.bridge}`)) return;
  await mustRun([
    'ip',
    'link',
    'add',
    network.bridge,
    'type',
    'bridge',
    'forward_delay',
    '0',
    'stp_state',
    '0',
  ]);
  const address = `${network.address}/${network.prefixLength}`;
  await mustRun(['ip', 'address', 'add', address, 'dev', network.bridge]);
  const address6 = `${network.address6}/${network.prefixLength6}`;
  // Nobody else can have the address; without this it is not usable for the first seconds.
  await mustRun(['ip', 'address', 'add', address6, 'dev', network.bridge, 'nodad']);
  await mustRun(['ip', 'link', 'set', network.bridge, 'up']);
}

export async function removeBridge(): Promise<void> {
  if (!existsSync(`/sys/class/net/${network.bridge}`)) return;
  await mustRun(['ip', 'link', 'delete', network.bridge]);
}
