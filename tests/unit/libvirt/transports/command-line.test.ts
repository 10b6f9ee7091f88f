import { execFileSync } from 'node:child_process';
import { assert as assertProperty, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BadInputError } from '../../../../electron/common/errors.ts';
import { extCommandLine, sshCommandLine } from '../../../../electron/libvirt/transports/command-line.ts';
import { parseConnectUri } from '../../../../electron/libvirt/uri.ts';

const ssh = (text: string, readOnly = false) => sshCommandLine(parseConnectUri(text), { readOnly });
const session = '"${XDG_RUNTIME_DIR:-$HOME/.cache}"/libvirt';
const legacy = '/var/run/libvirt/libvirt-sock';

describe('the command line of the ssh transport', () => {
  it.each<[string, boolean, string[]]>([
    [
      'qemud+ssh://server/session?command=/opt/openssh/bin/ssh',
      false,
      ['/opt/openssh/bin/ssh', '-p', '22', 'server', 'nc', '-U', `${session}/libvirt-sock`],
    ],
    ['qemu+ssh://server/system?command=s', false, ['s', '-p', '22', 'server', 'nc', '-U', legacy]],
    ['qemu+ssh://server/system?command=s', true, ['s', '-p', '22', 'server', 'nc', '-U', `${legacy}-ro`]],
    [
      'qemu+ssh://me@server:2222/system?command=s&netcat=/opt/nc&socket=/my/sock',
      true,
      ['s', '-p', '2222', '-l', 'me', 'server', '/opt/nc', '-U', '/my/sock'],
    ],
    [
      'qemu+ssh://[2001:db8::1]/system?command=s&mode=direct',
      false,
      ['s', '-p', '22', '2001:db8::1', 'nc', '-U', '/var/run/libvirt/virtqemud-sock'],
    ],
    [
      'qemu+ssh://server/session?command=s&mode=direct',
      true,
      ['s', '-p', '22', 'server', 'nc', '-U', `${session}/virtqemud-sock`],
    ],
    [
      'qemu+ssh://me@server/system?command=s&no_tty=1&keyfile=/k&no_verify=1',
      false,
      [
        's -p 22 -l me -i /k -T -o BatchMode=yes -e none -o StrictHostKeyChecking=no server nc -U'.split(' '),
        legacy,
      ].flat(),
    ],
    [
      "qemu+ssh://server/system?command=s&netcat=nc%3bid&socket=/a%20b'$(id)",
      false,
      ['s', '-p', '22', 'server', "'nc;id'", '-U', String.raw`'/a b'\''$(id)'`],
    ],
  ])('%s (read-only: %s)', (text, readOnly, expected) => {
    expect(ssh(text, readOnly)).toEqual(expected);
  });

  it.each(['qemu+ssh://a%3bb@server/system?command=s', 'qemu+ssh://$(id)@server/system?command=s'])(
    '%s is refused: a ProxyCommand could hand it to a shell',
    (text) => {
      expect(() => ssh(text)).toThrow(BadInputError);
    },
  );

  it('cannot be given a host that begins with a dash', () => {
    const uri = { ...parseConnectUri('qemu+ssh://server/system?command=s'), server: '-oProxyCommand=id' };
    expect(() => sshCommandLine(uri, { readOnly: false })).toThrow(BadInputError);
  });

  it('reaches the program on the host unchanged, whatever the parameters hold', () => {
    assertProperty(
      property(string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const value = `/${text.replaceAll(/\p{C}/gu, '')}`;
        const word = ssh(`qemu+ssh://h/system?command=s&socket=${encodeURIComponent(value)}`).at(-1) ?? '';
        expect(execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' })).toBe(value);
      }),
      { numRuns: 50 },
    );
  });

  it("leaves the place of a session's socket to the shell on the host", () => {
    const word = ssh('qemu+ssh://h/session?command=s').at(-1) ?? '';
    const seen = (env: Record<string, string>) =>
      execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8', env });
    expect(seen({ XDG_RUNTIME_DIR: '/run/user/7', HOME: '/home/me' })).toBe(
      '/run/user/7/libvirt/libvirt-sock',
    );
    expect(seen({ HOME: '/home/my self' })).toBe('/home/my self/.cache/libvirt/libvirt-sock');
  });
});

describe('the command line of the ext transport', () => {
  it('is the program alone', () => {
    const uri = parseConnectUri('xend+ext:///?command=my_shell_script');
    expect(extCommandLine(uri)).toEqual(['my_shell_script']);
  });
});
