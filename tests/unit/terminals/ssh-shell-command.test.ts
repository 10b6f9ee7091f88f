import { describe, expect, it } from 'vitest';
import { parseConnectUri } from '../../../electron/libvirt/index.ts';
import { sshShellCommand } from '../../../electron/terminals/ssh-shell-command.ts';

const argvOf = (uri: string): readonly string[] => {
  const command = sshShellCommand(parseConnectUri(uri));
  if (!command.possible) throw new Error(command.reason);
  return command.argv;
};

describe('the ssh command of a host', () => {
  it.each([
    ['qemu+ssh://alpha.lab/system', ['ssh', '--', 'alpha.lab']],
    ['qemu+ssh://root@alpha.lab:2222/system', ['ssh', '-p', '2222', '-l', 'root', '--', 'alpha.lab']],
    ['qemu+ssh://[fd76::11]/system', ['ssh', '--', 'fd76::11']],
    ['qemu+ssh://alpha/system?keyfile=/k/100%25', ['ssh', '-i', '/k/100%%', '--', 'alpha']],
    [
      'qemu+ssh://alpha/system?known_hosts=/a%20b/known%25',
      ['ssh', '-o', 'UserKnownHostsFile="/a b/known%%"', '--', 'alpha'],
    ],
    ['qemu+ssh://alpha/system?command=/opt/openssh/bin/ssh', ['/opt/openssh/bin/ssh', '--', 'alpha']],
    ['qemu+tls://alpha.lab:16514/system', ['ssh', '--', 'alpha.lab']],
    ['qemu+tcp://me@alpha.lab:5000/session', ['ssh', '--', 'alpha.lab']],
  ])('%s', (uri, argv) => {
    expect(argvOf(uri)).toEqual(argv);
  });

  it.each([
    ['qemu:///system', /the computer that Viaduct runs on/],
    ['qemu+ext:///system?command=/bin/x', /does not name the host/],
  ])('there is none for %s', (uri, reason) => {
    expect(sshShellCommand(parseConnectUri(uri))).toEqual({
      possible: false,
      reason: expect.stringMatching(reason) as unknown,
    });
  });

  it('takes no name that ssh would read as something else', () => {
    const uri = parseConnectUri('qemu+ssh://alpha/system');
    for (const server of ['-oProxyCommand=x', 'a b', 'a;b', '$(x)']) {
      expect(sshShellCommand({ ...uri, server }).possible).toBe(false);
    }
    expect(sshShellCommand({ ...uri, user: '-x' }).possible).toBe(false);
  });
});
