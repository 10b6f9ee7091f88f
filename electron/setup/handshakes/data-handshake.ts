import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecResult } from '../../common/host/host-shell.ts';
import type { RootShell } from '../../common/host/root-shell.ts';
import type { HostProbe } from '../facts/host-probe.ts';
import { loadListeningPorts } from '../facts/listeners.ts';
import { dataScript, echoed } from './data-script.ts';
import { dataOutcome, type HandshakeOutcome } from './handshake-outcome.ts';

/** How much longer the server waits: until it is seen to listen, and its client has given up. */
const aheadSeconds = 12;
const listenMs = 6000;

/** What QEMU on one host has for a migration. */
export interface DataEnd {
  root: RootShell;
  probe: HostProbe;
  account: { uid: number; gid: number; user: string };
  /** Where its certificates are. */
  directory: string;
}

export interface DataWay {
  /** The destination as the source reaches it; an IPv6 address without brackets. */
  host: string;
  /** What the source looks for in the destination's certificate. */
  name: string;
  /** One of them is taken, from the top; libvirt takes its own from the bottom. */
  ports: { min: number; max: number };
  /** How long the client may take. */
  seconds: number;
}

/**
 * QEMU's side of a migration: a server with the destination's files on a port of its migrations, a client with the
 * source's, both as QEMU's user. Both end by themselves, also when this process is gone, and nothing is written.
 */
export async function tryDataHandshake(
  from: DataEnd,
  to: DataEnd,
  { host, name, ports, seconds }: DataWay,
  signal?: AbortSignal,
): Promise<HandshakeOutcome> {
  const port = await freePort(to.probe, ports);
  if (port === undefined) return { kind: 'not-tried', said: `no migration port of ${host} is free` };
  const serving = run(
    to,
    seconds + aheadSeconds,
    'serve',
    [...userWords(to), String(port), to.directory],
    signal,
  );
  const early = await Promise.race([
    serving,
    listens(to.probe, port, signal).then((): undefined => undefined),
  ]);
  if (early !== undefined)
    return dataOutcome({ code: 1, stdout: new Uint8Array(), stderr: '' }, early, echoed);
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const expected = [isIP(name) === 0 ? '-verify_hostname' : '-verify_ip', name];
  const words = [...userWords(from), target, ...expected, from.directory];
  const sent = await run(from, seconds, 'send', words, signal);
  await release(to.probe, port);
  return dataOutcome(sent, await serving, echoed);
}

/** A server that its client did not reach waits for one; this one it gets from its own host. */
async function release(probe: HostProbe, port: number): Promise<void> {
  const ports = await loadListeningPorts(probe);
  if (!ports.includes(port)) return;
  await probe.ask(['timeout', '5', 'openssl', 's_client', '-connect', `localhost:${port}`]);
}

async function listens(probe: HostProbe, port: number, signal: AbortSignal | undefined): Promise<void> {
  const end = performance.now() + listenMs;
  while (performance.now() < end) {
    if ((await loadListeningPorts(probe)).includes(port)) return;
    await delay(150, undefined, { signal });
  }
}

async function freePort(
  probe: HostProbe,
  { min, max }: { min: number; max: number },
): Promise<number | undefined> {
  const taken = new Set(await loadListeningPorts(probe));
  for (let port = max; port >= min; port -= 1) if (!taken.has(port)) return port;
  return undefined;
}

function userWords({ account }: DataEnd): string[] {
  return [String(account.uid), String(account.gid), account.user];
}

function run(
  { root }: DataEnd,
  seconds: number,
  operation: 'serve' | 'send',
  words: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ExecResult> {
  const script = ['sh', '-c', dataScript, 'viaduct', String(seconds), operation, ...words];
  return root.operate('look', script, {
    deadlineMs: (seconds + 10) * 1000,
    maxOutputBytes: 64 * 1024,
    ...(signal && { signal }),
  });
}
