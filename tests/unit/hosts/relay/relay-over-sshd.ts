import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { HostShell } from '../../../../electron/common/host/host-shell.ts';
import { OpensshRelayEnd } from '../../../../electron/hosts/relay/openssh-relay-end.ts';
import type { SocketOwner } from '../../../../electron/hosts/relay/relay-end.ts';
import type { TestSshd } from '../../ssh/sshd.ts';

/** Programs of this machine: what the test's SSH server would run. */
const shell: HostShell = {
  exec: ([program = '', ...args]) =>
    new Promise((resolve) => {
      execFile(program, args, { encoding: 'buffer' }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr: stderr.toString() });
      });
    }),
};

export const owner: SocketOwner = { uid: userInfo().uid, gid: userInfo().gid };

/** The folder in which the end makes those of its relays. */
export function runFolder(sshd: TestSshd): string {
  const folder = sshd.path('run');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A relay's end over a real OpenSSH server of the test. */
export function endOver(
  sshd: TestSshd,
  keyFile = sshd.keyFile,
  options: { silenceSeconds?: number } = {},
): OpensshRelayEnd {
  const { port, user, knownHostsFile } = sshd;
  return new OpensshRelayEnd({
    host: '127.0.0.1',
    target: { host: '127.0.0.1', port, user, keyFile, knownHostsFile },
    shell: () => Promise.resolve(shell),
    knownHostsFiles: () => Promise.resolve([knownHostsFile]),
    parentFolder: runFolder(sshd),
    ...options,
  });
}
