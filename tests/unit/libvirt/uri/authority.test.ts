import { describe } from 'vitest';

import { readsExactly, refuses } from './reading.ts';

const ssh = { transportAsWritten: 'ssh' };

describe('servers and ports', () => {
  readsExactly([
    ['qemu://beta.lab:16999/system', 'qemu', 'tls', { server: 'beta.lab', port: 16_999 }],
    [
      'qemu+tcp://10.0.0.7:1/system',
      'qemu',
      'tcp',
      { transportAsWritten: 'tcp', server: '10.0.0.7', port: 1 },
    ],
    ['qemu+ssh://h:65535/system', 'qemu', 'ssh', { ...ssh, server: 'h', port: 65_535 }],
    ['qemu+ssh://h:/system', 'qemu', 'ssh', { ...ssh, server: 'h' }],
    ['qemu+ssh://h:0022/system', 'qemu', 'ssh', { ...ssh, server: 'h', port: 22 }],
    ['qemu+ssh://Host_1.Example./system', 'qemu', 'ssh', { ...ssh, server: 'Host_1.Example.' }],
    ['qemu+ssh://%61lpha/system', 'qemu', 'ssh', { ...ssh, server: 'alpha' }],
    ['qemu+ssh://[::1]/system', 'qemu', 'ssh', { ...ssh, server: '::1' }],
    ['qemu://[2001:DB8::7]:16514/system', 'qemu', 'tls', { server: '2001:DB8::7', port: 16_514 }],
    ['qemu://[::ffff:10.0.0.7]/system', 'qemu', 'tls', { server: '::ffff:10.0.0.7' }],
    ['qemu+ssh://[fe80::1%25eth0]:22/system', 'qemu', 'ssh', { ...ssh, server: 'fe80::1%eth0', port: 22 }],
    ['qemu+ssh://root@[fe80::1%252]/system', 'qemu', 'ssh', { ...ssh, user: 'root', server: 'fe80::1%2' }],
  ]);
});

describe('users', () => {
  readsExactly([
    ['qemu+ssh://root@h/system', 'qemu', 'ssh', { ...ssh, user: 'root', server: 'h' }],
    ['qemu+ssh://dom%5Cuser%40x@h/system', 'qemu', 'ssh', { ...ssh, user: 'dom\\user@x', server: 'h' }],
    ['qemu+ssh://a@b@h/system', 'qemu', 'ssh', { ...ssh, user: 'a@b', server: 'h' }],
    ['qemu+ssh://a%20b@h/system', 'qemu', 'ssh', { ...ssh, user: 'a b', server: 'h' }],
    ['qemu+ssh://a+b@h/system', 'qemu', 'ssh', { ...ssh, user: 'a+b', server: 'h' }],
    ['qemu+ssh://müller@h/system', 'qemu', 'ssh', { ...ssh, user: 'müller', server: 'h' }],
    ['qemu://me@h/system', 'qemu', 'tls', { user: 'me', server: 'h' }],
  ]);
});

describe('servers, ports and users that cannot be', () => {
  refuses([
    ['qemu+ssh://h:0/system', 'The port 0 is not between 1 and 65535.'],
    ['qemu+ssh://h:65536/system', 'The port 65536 is not between 1 and 65535.'],
    [
      'qemu+ssh://h:99999999999999999999999/system',
      'The port 99999999999999999999999 is not between 1 and 65535.',
    ],
    ['qemu+ssh://h:ssh/system', '"h:ssh" is not a server with an optional port.'],
    ['qemu+ssh://h:-1/system', '"h:-1" is not a server with an optional port.'],
    ['qemu+ssh://h:1:2/system', '"h:1:2" is not a server with an optional port.'],
    ['qemu+ssh://::1/system', '"::1" is not a server with an optional port.'],
    ['qemu+ssh://[::1/system', '"[::1" is not a server with an optional port.'],
    ['qemu+ssh://[::1]x/system', '"[::1]x" is not a server with an optional port.'],
    ['qemu+ssh://[]/system', '"" is not an IPv6 address.'],
    ['qemu+ssh://[::g]/system', '"::g" is not an IPv6 address.'],
    ['qemu+ssh://[10.0.0.7]/system', '"10.0.0.7" is not an IPv6 address.'],
    [
      'qemu+ssh://[fe80::1%eth0]/system',
      'The zone of an IPv6 address is written %25, as in [fe80::1%25eth0].',
    ],
    ['qemu+ssh://[fe80::1%25]/system', '"fe80::1%25" is not an IPv6 address.'],
    ['qemu+ssh://[fe80::1%25a%25b]/system', '"fe80::1%25a%25b" is not an IPv6 address.'],
    ['qemu+ssh://[fe80::1%25;id]/system', '"fe80::1%25;id" is not an IPv6 address.'],
    ['qemu+ssh://-oProxyCommand=evil/system', '"-oProxyCommand=evil" is not a host name or address.'],
    ['qemu+ssh://%2DoProxyCommand=evil/system', '"-oProxyCommand=evil" is not a host name or address.'],
    ['qemu+ssh://h;reboot/system', '"h;reboot" is not a host name or address.'],
    ['qemu+ssh://$(reboot)/system', '"$(reboot)" is not a host name or address.'],
    ['qemu+ssh://a%20b/system', '"a b" is not a host name or address.'],
    ['qemu+ssh://a%2Fb/system', '"a/b" is not a host name or address.'],
    ['qemu+ssh://bücher.example/system', '"bücher.example" is not a host name or address.'],
    [`qemu+ssh://${'h'.repeat(254)}/system`, `"${'h'.repeat(80)}…" is not a host name or address.`],
    ['qemu+ssh://root@/system', 'The connect URI has a user or a port but no server.'],
    ['qemu+tcp://:5000/system', 'The connect URI has a user or a port but no server.'],
    ['qemu+ssh://@h/system', 'The user in the connect URI is not a login name.'],
    ['qemu+ssh://-l@h/system', 'The user in the connect URI is not a login name.'],
    ['qemu+ssh://%2Dl@h/system', 'The user in the connect URI is not a login name.'],
    ['qemu+ssh://u:secret@h/system', 'A connect URI must not carry a password.'],
    ['qemu+ssh://u:@h/system', 'A connect URI must not carry a password.'],
    ['qemu+ssh://u%0Ax@h/system', 'A connect URI must not contain control characters.'],
    ['qemu+ssh://h%0Areboot/system', 'A connect URI must not contain control characters.'],
    ['qemu+unix://h/system', 'The transport unix is local; a server cannot be named with it.'],
    ['qemu://system', 'A slash is missing: the system daemon of this machine is qemu:///system.'],
    ['qemu://session/', 'A slash is missing: the session daemon of this machine is qemu:///session.'],
  ]);
});
