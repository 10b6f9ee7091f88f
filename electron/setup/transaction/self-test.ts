import { messageOf } from '../../common/errors.ts';
import { libVersion } from '../../libvirt/index.ts';
import { SetupError } from '../errors.ts';
import { HostProbe } from '../facts/host-probe.ts';
import { loadListeningPorts } from '../facts/listeners.ts';
import type { SetupHost } from '../setup-host.ts';
import { requireShell } from '../inspect.ts';
import type { SelfTest } from './steps.ts';

const deadlineMs = 60_000;

/**
 * Whether the host works as it is now: the daemon answers on a new connection, which also wakes it where it is woken
 * by sockets, and listens where it is to.
 *
 * @throws {SetupError} `setup-self-test`. Whatever else is thrown means that the host could not be asked.
 */
export async function testHost(host: SetupHost, { listensOn }: SelfTest): Promise<void> {
  await testDaemon(host);
  if (listensOn === undefined) return;
  const ports = await loadListeningPorts(new HostProbe(await requireShell(host), undefined));
  if (ports.includes(listensOn)) return;
  throw new SetupError('setup-self-test', `Nothing listens on port ${listensOn} of ${host.name}.`, {
    remedy: `See "journalctl -e" on ${host.name}.`,
  });
}

async function testDaemon(host: SetupHost): Promise<void> {
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    await using client = await host.connect(signal);
    await libVersion(client, { signal });
  } catch (error) {
    // A host that is out of reach says nothing about its daemon.
    const shell = await requireShell(host);
    await shell.exec(['true'], { deadlineMs });
    throw new SetupError(
      'setup-self-test',
      `The daemon of ${host.name} does not answer: ${messageOf(error)}`,
      {
        cause: error,
        remedy: `See "journalctl -u libvirtd -u virtqemud -u virtproxyd" on ${host.name}.`,
      },
    );
  }
}
