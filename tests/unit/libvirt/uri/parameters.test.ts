import { describe } from 'vitest';

import { readsExactly, refuses, type Expected, type Reading } from './reading.ts';

const unverified = 'no_verify=1: the identity of the server is not checked on this connection.';

/** A URI with one parameter, which has the effect `parameters`. */
function one(
  transport: string,
  name: string,
  value: string,
  parameters: Reading['parameters'],
  ...warnings: string[]
): Expected {
  const local = transport === 'unix' || transport === 'ext';
  const kind = transport.startsWith('libssh') ? 'ssh' : transport;
  return [
    `qemu+${transport}://${local ? '' : 'h'}/system?${name}=${value}`,
    'qemu',
    kind as Expected[2],
    {
      transportAsWritten: transport,
      ...(!local && { server: 'h' }),
      query: [[name, value]],
      parameters: parameters ?? {},
      warnings,
    },
  ];
}

describe('each parameter with its transports', () => {
  readsExactly([
    one('ssh', 'mode', 'auto', { mode: 'auto' }),
    one('unix', 'mode', 'direct', { mode: 'direct' }),
    one('libssh', 'mode', 'legacy', { mode: 'legacy' }),
    one('unix', 'socket', '/run/x', { socket: '/run/x' }),
    one('ssh', 'socket', '/run/x', { socket: '/run/x' }),
    one('libssh2', 'socket', '/run/x', { socket: '/run/x' }),
    one('tcp', 'auth', 'sasl', { auth: 'sasl' }),
    one('unix', 'auth', 'polkit', { auth: 'polkit' }),
    one('tls', 'auth', 'sasl.gssapi', { auth: 'sasl.GSSAPI' }),
    one('tls', 'auth', 'sasl.SCRAM-SHA-256', { auth: 'sasl.SCRAM-SHA-256' }),
    one('tcp', 'authfile', '/a', { authfile: '/a' }),
    one('ssh', 'command', '/opt/ssh', { command: '/opt/ssh' }),
    one('ext', 'command', 'c', { command: 'c' }),
    one('ssh', 'netcat', '/opt/nc', { netcat: '/opt/nc' }),
    one('libssh', 'netcat', 'ncat', { netcat: 'ncat' }),
    one('ssh', 'proxy', 'auto', { proxy: 'auto' }),
    one('libssh', 'proxy', 'netcat', { proxy: 'netcat' }),
    one('libssh2', 'proxy', 'native', { proxy: 'native' }),
    one('ssh', 'keyfile', '/k', { keyfile: '/k' }),
    one('libssh2', 'keyfile', '/k', { keyfile: '/k' }),
    one('ssh', 'no_tty', '1', { noTty: true }),
    one('ssh', 'no_tty', '0', {}),
    one('ssh', 'no_verify', '1', { noVerify: true }, unverified),
    one('libssh', 'no_verify', '1', { noVerify: true }, unverified),
    one('tls', 'no_verify', '7', { noVerify: true }, unverified),
    one('tls', 'no_verify', '00', {}),
    one('tls', 'no_sanity', '-1', { noSanity: true }),
    one('tls', 'pkipath', '/tmp/pki/client', { pkipath: '/tmp/pki/client' }),
    one('tls', 'tls_priority', 'NORMAL:-VERS-SSL3.0', { tlsPriority: 'NORMAL:-VERS-SSL3.0' }),
    one('ssh', 'sshauth', 'agent', { sshauth: ['agent'] }),
    one('libssh', 'sshauth', 'privkey,agent,password,keyboard-interactive', {
      sshauth: ['privkey', 'agent', 'password', 'keyboard-interactive'],
    }),
    one('libssh2', 'known_hosts', '/kh', { knownHosts: '/kh' }),
    one('ssh', 'known_hosts_verify', 'normal', { knownHostsVerify: 'normal' }),
    one('libssh', 'known_hosts_verify', 'auto', { knownHostsVerify: 'auto' }),
    one('libssh2', 'known_hosts_verify', 'ignore', { knownHostsVerify: 'ignore' }),
  ]);
});

describe('the name that the daemon is asked to open', () => {
  readsExactly([
    [
      'qemu+ssh://h/system?name=qemu:///session',
      'qemu',
      'ssh',
      {
        transportAsWritten: 'ssh',
        server: 'h',
        query: [['name', 'qemu:///session']],
        parameters: { name: 'qemu:///session' },
        remoteName: 'qemu:///session',
      },
    ],
    [
      'xen://h/?NAME=xen:///system%3Fa=b',
      'xen',
      'tls',
      {
        server: 'h',
        path: '/',
        query: [['name', 'xen:///system?a=b']],
        parameters: { name: 'xen:///system?a=b' },
        remoteName: 'xen:///system?a=b',
      },
    ],
    [
      'qemu://h/?name=',
      'qemu',
      'tls',
      { server: 'h', path: '/', query: [['name', '']], parameters: { name: '' }, remoteName: '' },
    ],
    [
      'remote://h/?name=test:///default',
      'remote',
      'tls',
      {
        server: 'h',
        path: '/',
        query: [['name', 'test:///default']],
        parameters: { name: 'test:///default' },
        remoteName: 'test:///default',
      },
    ],
  ]);
});

describe('parameters without effect', () => {
  const without = (name: string, transport: string) =>
    `The parameter "${name}" has no effect with the transport ${transport}.`;
  readsExactly([
    one('libssh', 'command', '/opt/ssh', {}, without('command', 'libssh')),
    one('tls', 'command', '/opt/ssh', {}, without('command', 'tls')),
    one('unix', 'keyfile', '/k', {}, without('keyfile', 'unix')),
    one('tcp', 'no_verify', '1', {}, without('no_verify', 'tcp')),
    one('ssh', 'pkipath', '/p', {}, without('pkipath', 'ssh')),
    one('tls', 'socket', '/run/x', {}, without('socket', 'tls')),
    one('unix', 'tls_priority', 'NORMAL', {}, without('tls_priority', 'unix')),
    one('ssh', 'keyfle', '/k', {}, 'The parameter "keyfle" is unknown and was ignored.'),
    one('ssh', '__proto__', '1', {}, 'The parameter "__proto__" is unknown and was ignored.'),
    one('ssh', 'auto_answer', '1', {}, 'The parameter "auto_answer" is unknown and was ignored.'),
    [
      'qemu+ssh://h/system?command=s&known_hosts=/kh&proxy=native&netcat=n',
      'qemu',
      'ssh',
      {
        transportAsWritten: 'ssh',
        server: 'h',
        query: [
          ['command', 's'],
          ['known_hosts', '/kh'],
          ['proxy', 'native'],
          ['netcat', 'n'],
        ],
        parameters: { command: 's', knownHosts: '/kh', proxy: 'native', netcat: 'n' },
        warnings: [
          'The parameter "known_hosts" has no effect on the program that "command" names.',
          'The parameter "proxy" has no effect on the program that "command" names.',
        ],
      },
    ],
    [
      'qemu+ssh://h/system?proxy=native&netcat=nc',
      'qemu',
      'ssh',
      {
        transportAsWritten: 'ssh',
        server: 'h',
        query: [
          ['proxy', 'native'],
          ['netcat', 'nc'],
        ],
        parameters: { proxy: 'native', netcat: 'nc' },
        warnings: ['The parameter "netcat" has no effect with proxy=native.'],
      },
    ],
    [
      'qemu+ssh://h/system?keyfile=/a&keyfile=/b',
      'qemu',
      'ssh',
      {
        transportAsWritten: 'ssh',
        server: 'h',
        query: [
          ['keyfile', '/a'],
          ['keyfile', '/b'],
        ],
        parameters: { keyfile: '/b' },
        warnings: ['The parameter "keyfile" is given more than once; the last one counts.'],
      },
    ],
  ]);
});

describe('values that cannot be', () => {
  refuses([
    ['qemu+ssh://h/system?mode=modular', 'The parameter "mode" must be one of auto, legacy, direct.'],
    ['qemu+ssh://h/system?proxy=', 'The parameter "proxy" must be one of auto, netcat, native.'],
    [
      'qemu+libssh://h/system?known_hosts_verify=yes',
      'The parameter "known_hosts_verify" must be one of normal, auto, ignore.',
    ],
    [
      'qemu+ssh://h/system?sshauth=agent,dream',
      'The parameter "sshauth" must list any of agent, privkey, password, keyboard-interactive.',
    ],
    ['qemu+ssh://h/system?sshauth=', 'The parameter "sshauth" needs a value.'],
    ['qemu+ssh://h/system?keyfile', 'The parameter "keyfile" needs a value.'],
    ['qemu+ssh://h/system?command=', 'The parameter "command" needs a value.'],
    ['qemu+ssh://h/system?command=-x', 'The parameter "command" must not start with "-".'],
    ['qemu+ssh://h/system?netcat=%2De', 'The parameter "netcat" must not start with "-".'],
    ['qemu+ssh://h/system?name=-r', 'The parameter "name" must not start with "-".'],
    ['qemu:///system?socket=run/x', 'The parameter "socket" must be an absolute path.'],
    ['qemu://h/system?no_verify=yes', 'The parameter "no_verify" must be 0 or 1.'],
    ['qemu://h/system?no_sanity=', 'The parameter "no_sanity" must be 0 or 1.'],
    ['qemu+ssh://h/system?no_tty=0x1', 'The parameter "no_tty" must be 0 or 1.'],
    [
      'qemu+tcp://h/system?auth=none',
      'The parameter "auth" must be polkit, sasl, or sasl. and the name of a mechanism.',
    ],
    [
      'qemu+tcp://h/system?auth=sasl.a%20b',
      'The parameter "auth" must be polkit, sasl, or sasl. and the name of a mechanism.',
    ],
    [
      'qemu+ext:///system',
      'The transport ext needs the parameter "command", the program that carries the connection.',
    ],
  ]);
});
