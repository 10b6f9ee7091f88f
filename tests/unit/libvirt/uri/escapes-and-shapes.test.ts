import { describe } from 'vitest';

import { readsExactly, refuses, type Expected } from './reading.ts';

const ssh = { transportAsWritten: 'ssh', server: 'h' };

function keyfile(query: string, value: string, ...warnings: string[]): Expected {
  return [
    `qemu+ssh://h/system?${query}`,
    'qemu',
    'ssh',
    { ...ssh, query: [['keyfile', value]], parameters: { keyfile: value }, warnings },
  ];
}

const plusIsSpace = 'The "+" in parameter "keyfile" is read as a space; libvirt keeps it. Write %20 or %2b.';

describe('escapes and separators of parameters', () => {
  readsExactly([
    keyfile('keyfile=/k%20y', '/k y'),
    keyfile('keyfile=/k+y', '/k y', plusIsSpace),
    keyfile('keyfile=/k%2by', '/k+y'),
    keyfile('keyfile=/k%2By%25', '/k+y%'),
    keyfile('keyfile=/a%26b%3Bc', '/a&b;c'),
    keyfile('keyfile=/a=b', '/a=b'),
    keyfile('keyfile=/a?b', '/a?b'),
    keyfile('keyfile=/%C3%BC', '/ü'),
    keyfile('keyfile=/ü', '/ü'),
    keyfile('KeyFile=/k', '/k'),
    keyfile('key%66ile=/k', '/k'),
    keyfile('&;keyfile=/k&=x&', '/k'),
    keyfile("keyfile=/$(id)`'%22", '/$(id)`\'"'),
    [
      'qemu+ssh://h/system?keyfile=/k;no_tty=1&netcat=n',
      'qemu',
      'ssh',
      {
        ...ssh,
        query: [
          ['keyfile', '/k'],
          ['no_tty', '1'],
          ['netcat', 'n'],
        ],
        parameters: { keyfile: '/k', noTty: true, netcat: 'n' },
      },
    ],
    [
      'qemu+ssh://h/system?%E2%80%AEevil=1',
      'qemu',
      'ssh',
      {
        ...ssh,
        query: [['\u202eevil', '1']],
        warnings: ['The parameter "?evil" is unknown and was ignored.'],
      },
    ],
    [
      'qemu+ssh://h/system?a+b=1',
      'qemu',
      'ssh',
      { ...ssh, query: [['a+b', '1']], warnings: ['The parameter "a+b" is unknown and was ignored.'] },
    ],
  ]);
});

describe('what is no connect URI', () => {
  const not = (text: string) => `"${text}" is not a connect URI; an example is qemu+ssh://root@host/system.`;
  const unknown = (driver: string) =>
    `The driver "${driver}" in the connect URI is unknown; guests of KVM and QEMU use qemu.`;
  const transport = (name: string) =>
    `The transport "${name}" in the connect URI is unknown; use ssh, tls, tcp, unix or ext.`;
  const controls = 'A connect URI must not contain control characters.';
  const spaces = 'A connect URI must not contain spaces; inside it they are written %20.';
  refuses([
    ['', not('')],
    ['alpha.lab', not('alpha.lab')],
    ['qemu', not('qemu')],
    ['qemu:system', not('qemu:system')],
    ['qemu:/system', not('qemu:/system')],
    ['://h/system', not('://h/system')],
    ['-oProxyCommand=x://h/', not('-oProxyCommand=x://h/')],
    ['qemu+a+b', not('qemu+a+b')],
    ['qemu//u:secret@h/system', not('qemu//u:…@h/system')],
    ['ä'.repeat(200), not(`${'ä'.repeat(80)}…`)],
    ['http://h/', unknown('http')],
    ['kvm:///system', unknown('kvm')],
    ['constructor://h/', unknown('constructor')],
    ['qemu+carrier-pigeon://h/system', transport('carrier-pigeon')],
    ['qemu+toString://h/system', transport('tostring')],
    ['qemu+ssh+tcp://h/system', transport('ssh+tcp')],
    ['qemu+://h/system', transport('')],
    ['qemu+ssh\u202e://h/system', transport('ssh?')],
    ['qemu:///system#x', 'A connect URI has no part behind "#"; the character itself is written %23.'],
    ['qemu:///system ', spaces],
    [' qemu:///system', spaces],
    ['qemu:///sys\u00a0tem', spaces],
    ['qemu:///system\n', controls],
    ['qemu:///system\0', controls],
    ['qemu:///a%00b', controls],
    ['qemu+ssh://h/system?keyfile=a%0Ab', controls],
    ['qemu+ssh://h/system?keyfile=%zz', '"%zz" has a broken percent escape.'],
    ['qemu+ssh://h/system?keyfile=100%', '"100%" has a broken percent escape.'],
    ['qemu+ssh://h/system?keyfile=%ff', '"%ff" has a broken percent escape.'],
    ['qemu+ssh://h/%', '"/%" has a broken percent escape.'],
    ['qemu:///\ud800', 'The connect URI is not valid Unicode.'],
    [`qemu:///${'x'.repeat(4089)}`, 'The connect URI is longer than 4096 characters.'],
  ]);
});
