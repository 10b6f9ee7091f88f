import { describe } from 'vitest';

import { readsExactly } from './reading.ts';

const server = 'h';
const localhost = (transport: string) =>
  `The connect URI names no server for the transport ${transport}; localhost is used.`;
const qemud = 'The driver "qemud" of 2007 is called "qemu" today.';
const xend = 'The driver "xend" of 2007 is called "xen" today.';
const inLibrary = (driver: string) =>
  `The driver "${driver}" is part of libvirt's own library; no daemon opens it.`;

describe('the five examples of the design of 2007', () => {
  readsExactly([
    [
      'xend://server/',
      'xen',
      'tls',
      { server: 'server', path: '/', remoteName: 'xen:///', warnings: [xend] },
    ],
    [
      'qemud+unix:///session',
      'qemu',
      'unix',
      { transportAsWritten: 'unix', path: '/session', remoteName: 'qemu:///session', warnings: [qemud] },
    ],
    [
      'qemud+ssh://server/session?command=/opt/openssh/bin/ssh',
      'qemu',
      'ssh',
      {
        transportAsWritten: 'ssh',
        server: 'server',
        path: '/session',
        remoteName: 'qemu:///session',
        query: [['command', '/opt/openssh/bin/ssh']],
        parameters: { command: '/opt/openssh/bin/ssh' },
        warnings: [qemud],
      },
    ],
    [
      'qemud+tcp://server:5000/session',
      'qemu',
      'tcp',
      {
        transportAsWritten: 'tcp',
        server: 'server',
        port: 5000,
        path: '/session',
        remoteName: 'qemu:///session',
        warnings: [qemud],
      },
    ],
    [
      'xend+ext:///?command=my_shell_script',
      'xen',
      'ext',
      {
        transportAsWritten: 'ext',
        path: '/',
        remoteName: 'xen:///',
        query: [['command', 'my_shell_script']],
        parameters: { command: 'my_shell_script' },
        warnings: [xend],
      },
    ],
  ]);
});

describe("the examples of libvirt's own documentation", () => {
  readsExactly([
    ['qemu:///system', 'qemu', 'unix', {}],
    ['qemu:///session', 'qemu', 'unix', { path: '/session', remoteName: 'qemu:///session' }],
    ['xen:///system', 'xen', 'unix', { remoteName: 'xen:///system' }],
    ['test:///default', 'test', 'unix', { path: '/default', remoteName: 'test:///default' }],
    [
      'test:///path/to/host/definitions',
      'test',
      'unix',
      { path: '/path/to/host/definitions', remoteName: 'test:///path/to/host/definitions' },
    ],
    [
      'xen+ssh://rjones@towada/system',
      'xen',
      'ssh',
      { transportAsWritten: 'ssh', user: 'rjones', server: 'towada', remoteName: 'xen:///system' },
    ],
    ['xen://towada/system', 'xen', 'tls', { server: 'towada', remoteName: 'xen:///system' }],
    [
      'xen://towada/system?no_verify=1',
      'xen',
      'tls',
      {
        server: 'towada',
        remoteName: 'xen:///system',
        query: [['no_verify', '1']],
        parameters: { noVerify: true },
        warnings: ['no_verify=1: the identity of the server is not checked on this connection.'],
      },
    ],
    [
      'qemu+unix:///system?socket=/opt/libvirt/run/libvirt/libvirt-sock',
      'qemu',
      'unix',
      {
        transportAsWritten: 'unix',
        query: [['socket', '/opt/libvirt/run/libvirt/libvirt-sock']],
        parameters: { socket: '/opt/libvirt/run/libvirt/libvirt-sock' },
      },
    ],
    [
      'test+tcp://localhost:5000/default',
      'test',
      'tcp',
      {
        transportAsWritten: 'tcp',
        server: 'localhost',
        port: 5000,
        path: '/default',
        remoteName: 'test:///default',
      },
    ],
    [
      'qemu+libssh2://user@host/system?known_hosts=/home/user/.ssh/known_hosts',
      'qemu',
      'ssh',
      {
        transportAsWritten: 'libssh2',
        user: 'user',
        server: 'host',
        query: [['known_hosts', '/home/user/.ssh/known_hosts']],
        parameters: { knownHosts: '/home/user/.ssh/known_hosts' },
      },
    ],
  ]);
});

describe('transports', () => {
  readsExactly([
    ['qemu://h/system', 'qemu', 'tls', { server }],
    ['qemu+tls://h/system', 'qemu', 'tls', { transportAsWritten: 'tls', server }],
    ['qemu+tcp://h/system', 'qemu', 'tcp', { transportAsWritten: 'tcp', server }],
    ['qemu+ssh://h/system', 'qemu', 'ssh', { transportAsWritten: 'ssh', server }],
    ['qemu+libssh://h/system', 'qemu', 'ssh', { transportAsWritten: 'libssh', server }],
    ['qemu+libssh2://h/system', 'qemu', 'ssh', { transportAsWritten: 'libssh2', server }],
    ['qemu+unix:///system', 'qemu', 'unix', { transportAsWritten: 'unix' }],
    [
      'qemu+ext://h/system?command=c',
      'qemu',
      'ext',
      { transportAsWritten: 'ext', server, query: [['command', 'c']], parameters: { command: 'c' } },
    ],
    ['qemu+SSH://h/system', 'qemu', 'ssh', { transportAsWritten: 'ssh', server }],
    ['QEMU+Tls://h/system', 'qemu', 'tls', { transportAsWritten: 'tls', server }],
    [
      'qemu+tls:///system',
      'qemu',
      'tls',
      { transportAsWritten: 'tls', server: 'localhost', warnings: [localhost('tls')] },
    ],
    [
      'qemu+tcp:///system',
      'qemu',
      'tcp',
      { transportAsWritten: 'tcp', server: 'localhost', warnings: [localhost('tcp')] },
    ],
    [
      'qemu+ssh:///system',
      'qemu',
      'ssh',
      { transportAsWritten: 'ssh', server: 'localhost', warnings: [localhost('ssh')] },
    ],
  ]);
});

describe('drivers', () => {
  readsExactly([
    ['lxc:///system', 'lxc', 'unix', { remoteName: 'lxc:///system' }],
    ['ch:///system', 'ch', 'unix', { remoteName: 'ch:///system' }],
    ['vbox:///session', 'vbox', 'unix', { path: '/session', remoteName: 'vbox:///session' }],
    ['vz:///system', 'vz', 'unix', { remoteName: 'vz:///system' }],
    [
      'bhyve+ssh://h/system',
      'bhyve',
      'ssh',
      { transportAsWritten: 'ssh', server, remoteName: 'bhyve:///system' },
    ],
    ['storage:///system', 'storage', 'unix', { remoteName: 'storage:///system' }],
    ['remote+ssh://h/', 'remote', 'ssh', { transportAsWritten: 'ssh', server, path: '/', remoteName: '' }],
    ['remote://h', 'remote', 'tls', { server, path: '', remoteName: '' }],
    ['xen://h', 'xen', 'tls', { server, path: '', remoteName: 'xen://' }],
    ['esx://h/', 'esx', 'tls', { server, path: '/', remoteName: 'esx:///', warnings: [inLibrary('esx')] }],
    [
      'hyperv://h/',
      'hyperv',
      'tls',
      { server, path: '/', remoteName: 'hyperv:///', warnings: [inLibrary('hyperv')] },
    ],
    ['xen', 'xen', 'unix', { remoteName: 'xen:///system', warnings: ['"xen" is short for xen:///system.'] }],
    [
      'xen://',
      'xen',
      'unix',
      { remoteName: 'xen:///system', warnings: ['"xen://" is short for xen:///system.'] },
    ],
  ]);
});

describe('paths', () => {
  const noPath = 'A daemon of QEMU knows the paths /system and /session, and the connect URI names neither.';
  readsExactly([
    ['qemu://h/', 'qemu', 'tls', { server, path: '/', remoteName: 'qemu:///', warnings: [noPath] }],
    ['qemu://h', 'qemu', 'tls', { server, path: '', remoteName: 'qemu://', warnings: [noPath] }],
    ['qemu://h?', 'qemu', 'tls', { server, path: '', remoteName: 'qemu://', warnings: [noPath] }],
    [
      'qemu:///embed',
      'qemu',
      'unix',
      {
        path: '/embed',
        remoteName: 'qemu:///embed',
        warnings: ['A daemon of QEMU knows the paths /system and /session, not "/embed".'],
      },
    ],
    ['qemu:///%73ystem', 'qemu', 'unix', {}],
    ['test:///a%20b', 'test', 'unix', { path: '/a b', remoteName: 'test:///a%20b' }],
    ['test:///a+b', 'test', 'unix', { path: '/a+b', remoteName: 'test:///a%2Bb' }],
    ['test:///ü', 'test', 'unix', { path: '/ü', remoteName: 'test:///%C3%BC' }],
    ['test:///a%3Fb%23c', 'test', 'unix', { path: '/a?b#c', remoteName: 'test:///a%3Fb%23c' }],
  ]);
});
