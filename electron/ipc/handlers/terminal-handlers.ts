import { BadInputError } from '../../common/errors.ts';
import type { HostRegistry } from '../../hosts/host-registry.ts';
import type { ManagedHost } from '../../hosts/managed-host.ts';
import { parseConnectUri } from '../../libvirt/index.ts';
import { openGuestConsole } from '../../terminals/guest-console.ts';
import { takeScreenshot } from '../../terminals/guest-screen.ts';
import { runInPty } from '../../terminals/pty-source.ts';
import { sshShellCommand } from '../../terminals/ssh-shell-command.ts';
import type { OpenSource } from '../../terminals/terminal.ts';
import type { Handlers, Request } from '../contract.ts';

type TerminalCommands = Extract<keyof Handlers, `terminals.${string}` | 'guests.screenshot'>;

/** @throws BadInputError for a host that only may be looked at. */
function changeableHost(registry: HostRegistry, hostId: string): ManagedHost {
  const monitor = registry.monitor(hostId);
  const { readOnly } = monitor.snapshot();
  if (readOnly) throw new BadInputError('read-only', readOnly.reason);
  return monitor.host;
}

function shellOf(host: ManagedHost): OpenSource {
  const command = sshShellCommand(parseConnectUri(host.connectUri));
  if (!command.possible) throw new BadInputError('shell-impossible', command.reason);
  return (size) => runInPty(command.argv, size);
}

function sourceOf(registry: HostRegistry, request: Request<'terminals.open'>): OpenSource {
  if (request.kind === 'host-shell') return shellOf(registry.monitor(request.hostId).host);
  const { hostId, guestUuid, force } = request;
  const host = changeableHost(registry, hostId);
  return (_size, signal) => openGuestConsole(host, { guestUuid, force }, signal);
}

export function terminalHandlers(registry: HostRegistry): Pick<Handlers, TerminalCommands> {
  return {
    'guests.screenshot': ({ hostId, guestUuid }) =>
      takeScreenshot(changeableHost(registry, hostId), guestUuid),
    'terminals.open': (request, { terminals }) => {
      const { terminalId, columns, rows } = request;
      terminals.open(terminalId, { columns, rows }, sourceOf(registry, request));
      return Promise.resolve({});
    },
    'terminals.write': async ({ terminalId, bytes }, { terminals }) => {
      await terminals.get(terminalId).write(bytes);
      return {};
    },
    'terminals.resize': ({ terminalId, columns, rows }, { terminals }) => {
      terminals.get(terminalId).resize({ columns, rows });
      return Promise.resolve({});
    },
    'terminals.acknowledge': ({ terminalId, bytes }, { terminals }) => {
      terminals.get(terminalId).acknowledge(bytes);
      return Promise.resolve({});
    },
    'terminals.close': async ({ terminalId }, { terminals }) => {
      await terminals.close(terminalId);
      return {};
    },
  };
}
