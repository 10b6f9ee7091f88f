import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import ssh2, { type Client, type ClientChannel } from 'ssh2';

/*
 * What the relay would be with ssh2: `thread|worker SOURCE DESTINATION KEYFILE SOURCE_SOCKET DESTINATION_SOCKET`. Prints
 * "ready"; on SIGTERM the delays of the main thread's event loop, as JSON.
 */

type Arguments = [source: string, destination: string, keyFile: string, listenOn: string, connectTo: string];

async function carry([source, destination, keyFile, listenOn, connectTo]: Arguments): Promise<void> {
  const [from, to] = await Promise.all([logIn(source, keyFile), logIn(destination, keyFile)]);
  from.on('unix connection', (_info, accept) => {
    to.openssh_forwardOutStreamLocal(connectTo, (error, outward) => {
      if (error) throw error;
      const inward = accept() as ClientChannel;
      inward.pipe(outward).pipe(inward);
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  from.openssh_forwardInStreamLocal(listenOn, (error) => (error ? reject(error) : resolve(undefined)));
  await promise;
}

function logIn(host: string, keyFile: string): Promise<Client> {
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  client.on('ready', () => resolve(client)).on('error', reject);
  const algorithms = { cipher: ['aes128-gcm@openssh.com' as const] };
  client.connect({ host, username: 'root', privateKey: readFileSync(keyFile), algorithms });
  return promise;
}

function report(): void {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  process.on('SIGTERM', () => {
    // The monitor counts its own interval as delay.
    const inMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - 5);
    const delays = { medianMs: inMs(delay.percentile(50)), p99Ms: inMs(delay.percentile(99)) };
    process.stdout.write(`${JSON.stringify({ ...delays, maxMs: inMs(delay.max) })}\n`, () => process.exit(0));
  });
  process.stdout.write('ready\n');
}

if (isMainThread) {
  const [where, ...rest] = process.argv.slice(2);
  const args = rest as unknown as Arguments;
  if (where === 'worker') {
    const worker = new Worker(new URL(import.meta.url), { workerData: args });
    worker.on('message', report);
  } else {
    await carry(args);
    report();
  }
} else {
  await carry(workerData as Arguments);
  parentPort?.postMessage('ready');
}
