import { setTimeout as delay } from 'node:timers/promises';
import type { ExecResult } from '../../common/host/host-shell.ts';
import { loadListeningPorts } from '../../setup/facts/listeners.ts';
import type { PkiHost } from '../pki-host.ts';
import { libvirtFiles } from '../../setup/config/libvirt-files.ts';
import { targetWords, tryControlLogin } from '../../setup/handshakes/control-login.ts';
import { dataOutcome, type HandshakeOutcome } from '../../setup/handshakes/handshake-outcome.ts';
import { echoed, handshakeScript } from './handshake-script.ts';

const clientSeconds = 8;
/** Longer than it takes to see the server listen, and its client to give up. */
const serverSeconds = 20;
const listenMs = 6000;

/** `from` opens the control connection to `to` as libvirt does, with its own client certificate. */
export async function tryControl(
  from: PkiHost,
  to: PkiHost,
  signal?: AbortSignal,
): Promise<HandshakeOutcome> {
  if (!from.hasOpenssl) return lacksOpenssl(from);
  const { authority, revocations, client } = libvirtFiles;
  const files = { authority, revocations, ...client };
  const { name: host, facts } = to;
  const trial = { host, port: facts.tls.port, seconds: clientSeconds, asksForLogin: false, signal };
  return tryControlLogin(from.root, files, trial);
}

/**
 * QEMU's side of a migration from `from` to `to`: a server with the destination's files on a port of its migrations,
 * a client with the source's, both as QEMU's user. Both end by themselves, also when this process is gone.
 */
export async function tryData(from: PkiHost, to: PkiHost, signal?: AbortSignal): Promise<HandshakeOutcome> {
  const lacking = [from, to].find(({ hasOpenssl }) => !hasOpenssl);
  if (lacking !== undefined) return lacksOpenssl(lacking);
  const port = await freePort(to);
  if (port === undefined) return { kind: 'not-tried', said: `no migration port of ${to.name} is free` };
  const directory = (host: PkiHost): string => host.facts.certificates.qemu.directory;
  const serving = run(to, serverSeconds, 'serve', [...userWords(to), String(port), directory(to)], signal);
  const early = await Promise.race([serving, listens(to, port, signal).then((): undefined => undefined)]);
  if (early !== undefined)
    return dataOutcome({ code: 1, stdout: new Uint8Array(), stderr: '' }, early, echoed);
  const words = [...userWords(from), ...targetWords(to.name, port), directory(from)];
  const sent = await run(from, clientSeconds, 'send', words, signal);
  await release(to, port);
  return dataOutcome(sent, await serving, echoed);
}

/** A server that its client did not reach waits for one; this one it gets from its own host. */
async function release({ probe }: PkiHost, port: number): Promise<void> {
  const ports = await loadListeningPorts(probe);
  if (!ports.includes(port)) return;
  await probe.ask(['timeout', '5', 'openssl', 's_client', '-connect', `localhost:${port}`]);
}

async function listens({ probe }: PkiHost, port: number, signal: AbortSignal | undefined): Promise<void> {
  const end = performance.now() + listenMs;
  while (performance.now() < end) {
    if ((await loadListeningPorts(probe)).includes(port)) return;
    await delay(150, undefined, { signal });
  }
}

/** From the top of the range; libvirt takes ports from its bottom. */
async function freePort({ probe, facts }: PkiHost): Promise<number | undefined> {
  const { min, max } = facts.migrationPorts;
  const taken = new Set(await loadListeningPorts(probe));
  for (let port = max; port >= min; port -= 1) if (!taken.has(port)) return port;
  return undefined;
}

function userWords({ account }: PkiHost): string[] {
  return [String(account.uid), String(account.gid), account.user];
}

function run(
  { root }: PkiHost,
  seconds: number,
  operation: 'serve' | 'send',
  words: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ExecResult> {
  const script = ['sh', '-c', handshakeScript, 'viaduct', String(seconds), operation, ...words];
  return root.operate('look', script, {
    deadlineMs: (seconds + 10) * 1000,
    maxOutputBytes: 64 * 1024,
    ...(signal && { signal }),
  });
}

function lacksOpenssl({ name }: PkiHost): HandshakeOutcome {
  return { kind: 'not-tried', said: `${name} has no openssl` };
}
