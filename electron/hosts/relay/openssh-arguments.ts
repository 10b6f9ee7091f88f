import { quoteCommand } from '../../common/shell-quote.ts';
import type { SshTarget } from '../../ssh/session-options.ts';
import type { JoinedSocket } from './relay-end.ts';

export interface SessionRequest {
  target: SshTarget;
  /** Files of host keys on record, the application's own first. */
  knownHostsFiles: readonly string[];
  folder: string;
  sockets: readonly JoinedSocket[];
  /** What runs on the host while the session stands. */
  command: readonly string[];
}

/**
 * AES-GCM first: it carries more than OpenSSH's own first choice on processors of the last ten years
 * (docs/benchmarks.md, "The relay"). The others are for hosts that have none of it.
 */
const ciphers =
  'aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr';

/** Of the user's configuration only what says how to reach the host and who logs in is to count. */
const always: readonly string[] = [
  'BatchMode=yes',
  `Ciphers=${ciphers}`,
  'Compression=no',
  'ControlMaster=no',
  'ControlPath=none',
  'EscapeChar=none',
  'ExitOnForwardFailure=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'RequestTTY=no',
  'ServerAliveCountMax=2',
  'ServerAliveInterval=9',
  'StreamLocalBindMask=0177',
  'StreamLocalBindUnlink=no',
  'Tunnel=no',
  'UpdateHostKeys=no',
];

/** The command line of OpenSSH's client for one end of a relay: it asks nothing, and fails rather than do less. */
export function opensshArguments(request: SessionRequest): string[] {
  const { target, sockets, folder, command } = request;
  const { host, port, user, keyFile } = target;
  const options = [...always, ...hostKeyOptions(request), ...loginOptions(target)];
  return [
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(keyFile === undefined ? [] : ['-i', keyFile]),
    ...sockets.flatMap((socket) => forward(socket, folder)),
    '--',
    host,
    quoteCommand(command),
  ];
}

function hostKeyOptions({ target, knownHostsFiles }: SessionRequest): string[] {
  if (target.hostKeys === 'accept-any') {
    return ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'GlobalKnownHostsFile=/dev/null'];
  }
  return [
    // A key that may be put on record without a question was, when the application's own session was opened.
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHostsFiles.map(quoteOption).join(' ')}`,
    'GlobalKnownHostsFile=/dev/null',
  ];
}

function loginOptions({ keyFile, logins }: SshTarget): string[] {
  const onlyKey = keyFile === undefined ? [] : ['IdentitiesOnly=yes'];
  const byKey = logins === undefined || logins.includes('agent') || logins.includes('privkey');
  return [...onlyKey, ...(byKey ? [] : ['PubkeyAuthentication=no'])];
}

function forward({ name, local, way }: JoinedSocket, folder: string): string[] {
  const here = quotePath(local);
  const there = quotePath(`${folder}/${name}`);
  return way === 'listen' ? ['-R', `${there}:${here}`] : ['-L', `${here}:${there}`];
}

/** A field of a forwarding ends at a colon, and `%` begins a token (ssh_config(5), TOKENS). */
function quotePath(path: string): string {
  return path.replace(/[\\:]/g, '\\$&').replaceAll('%', '%%');
}

function quoteOption(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}
