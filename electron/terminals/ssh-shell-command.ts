import { isPlainHost, isPlainUser } from '../common/login-names.ts';
import type { ParsedUri } from '../libvirt/index.ts';

export type ShellCommand = { possible: true; argv: readonly string[] } | { possible: false; reason: string };

const impossible = (reason: string): ShellCommand => ({ possible: false, reason });

/** ssh reads a file option of its command line as a line of its configuration: with quotes, `%` and `\` of its own. */
function configurationPath(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, '\\$&')}"`;
}

/**
 * The user's own OpenSSH to a host, so that agents, hardware keys, jumps and all else of the user's ssh configuration
 * apply. The arguments go to the program as they are; no shell of ours reads them.
 *
 * A host reached by other means than ssh lends its name alone; login and port are then the configuration's to say.
 */
export function sshShellCommand({ transport, server, user, port, parameters }: ParsedUri): ShellCommand {
  if (transport === 'unix') {
    return impossible('This host is the computer that Viaduct runs on; it has terminals of its own.');
  }
  if (server === undefined) return impossible('The connect URI does not name the host.');
  if (!isPlainHost(server)) return impossible('The name of the host cannot be handed to ssh.');
  if (transport !== 'ssh') return { possible: true, argv: ['ssh', '--', server] };
  if (user !== undefined && !isPlainUser(user)) {
    return impossible('The login name of the connect URI cannot be handed to ssh.');
  }
  const { command = 'ssh', keyfile, knownHosts } = parameters;
  return {
    possible: true,
    argv: [
      command,
      ...(port === undefined ? [] : ['-p', String(port)]),
      ...(user === undefined ? [] : ['-l', user]),
      ...(keyfile === undefined ? [] : ['-i', keyfile.replaceAll('%', '%%')]),
      ...(knownHosts === undefined ? [] : ['-o', `UserKnownHostsFile=${configurationPath(knownHosts)}`]),
      '--',
      server,
    ],
  };
}
