import { BadInputError } from '../../common/errors.ts';
import { isPlainHost, isPlainUser } from '../../common/login-names.ts';
import { quoteWord } from '../../common/shell-quote.ts';
import { defaultPorts, type ParsedUri } from '../uri.ts';
import { shown } from '../uri-text.ts';

/** The spelling of the design, which holds on hosts without `/run` too. */
const systemFolder = '/var/run/libvirt';
/**
 * Where the login user's own daemon listens (`virGetUserRuntimeDirectory` of libvirt): only the host knows, so its
 * shell is left to say. A constant: nothing of the URI is in it but the socket's name.
 */
const sessionFolder = '"${XDG_RUNTIME_DIR:-$HOME/.cache}"/libvirt';

/**
 * What the ssh transport runs when the URI names an ssh program with `command`, as the design of the remote client
 * has it: `ssh -p PORT [-l USER] HOST NETCAT -U SOCKET`.
 *
 * The last three words are read by the login shell on the host, and quoted for it; no shell runs on this side.
 *
 * @throws {BadInputError} for a host or user that could be read as something else
 * @throws {ViaductError} `bad-command` for a program or socket that no argument can hold
 */
export function sshCommandLine(uri: ParsedUri, options: { readonly readOnly: boolean }): readonly string[] {
  const { netcat = 'nc' } = uri.parameters;
  return [...sshProgram(uri), quoteWord(netcat), '-U', remoteSocket(uri, options.readOnly)];
}

/**
 * The beginning of it, up to the host: what follows is the command to run there. The parameters `no_tty`, `keyfile`
 * and `no_verify` add the options that libvirt's own client adds for them (`virNetSocketNewConnectSSH`).
 *
 * @throws {BadInputError} for a host or user that could be read as something else
 */
export function sshProgram(uri: ParsedUri): readonly string[] {
  const { user, server = 'localhost', port = defaultPorts.ssh, parameters } = uri;
  const { command = 'ssh', noTty, keyfile, noVerify } = parameters;
  if (!isPlainHost(server)) throw bad('host', server);
  if (user !== undefined && !isPlainUser(user)) throw bad('user', user);
  return [
    command,
    '-p',
    String(port),
    ...(user === undefined ? [] : ['-l', user]),
    ...(keyfile === undefined ? [] : ['-i', keyfile]),
    ...(noTty ? ['-T', '-o', 'BatchMode=yes', '-e', 'none'] : []),
    ...(noVerify ? ['-o', 'StrictHostKeyChecking=no'] : []),
    server,
  ];
}

/**
 * What the transport `ext` runs: the program that `command` names, without arguments.
 *
 * @throws {BadInputError} when the URI names none
 */
export function extCommandLine({ parameters }: ParsedUri): readonly string[] {
  if (parameters.command === undefined) {
    throw new BadInputError('bad-uri', 'The transport ext needs the parameter "command".');
  }
  return [parameters.command];
}

/** As a word for the shell on the host. */
function remoteSocket({ driver, path, parameters }: ParsedUri, readOnly: boolean): string {
  const { socket, mode } = parameters;
  if (socket !== undefined) return quoteWord(socket);
  const name = mode === 'direct' ? `virt${driver}d-sock` : 'libvirt-sock';
  if (path === '/session') return `${sessionFolder}/${name}`;
  return `${systemFolder}/${name}${readOnly ? '-ro' : ''}`;
}

function bad(what: string, value: string): BadInputError {
  return new BadInputError('bad-uri', `"${shown(value)}" cannot be handed to an ssh program as a ${what}.`);
}
