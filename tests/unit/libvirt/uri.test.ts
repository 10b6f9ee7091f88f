import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BadInputError } from '../../../electron/common/errors.ts';
import { formatConnectUri, parseConnectUri, type ParsedUri } from '../../../electron/libvirt/uri.ts';

type Reading = Partial<Omit<ParsedUri, 'parameters'>> & { parameters?: Partial<ParsedUri['parameters']> };

describe('reading connect URIs', () => {
  const readings: readonly (readonly [string, Reading])[] = [
    [
      'qemu:///system',
      {
        driver: 'qemu',
        transport: 'unix',
        server: undefined,
        path: '/system',
        remoteName: 'qemu:///system',
        warnings: [],
      },
    ],
    ['qemu:///session', { transport: 'unix', path: '/session', remoteName: 'qemu:///session' }],
    [
      'qemu://beta.lab/system',
      {
        transport: 'tls',
        transportAsWritten: undefined,
        server: 'beta.lab',
        port: undefined,
        remoteName: 'qemu:///system',
      },
    ],
    ['qemu+tls://beta.lab:16999/system', { transport: 'tls', port: 16_999 }],
    [
      'qemu+ssh://root@alpha.lab/system',
      { transport: 'ssh', user: 'root', server: 'alpha.lab', port: undefined },
    ],
    [
      'QEMU+SSH://alpha.lab:2222/system',
      { driver: 'qemu', transport: 'ssh', user: undefined, port: 2222, remoteName: 'qemu:///system' },
    ],
    ['qemu+libssh2://alpha.lab/system', { transport: 'ssh', transportAsWritten: 'libssh2' }],
    ['qemu+libssh://alpha.lab/system', { transport: 'ssh', transportAsWritten: 'libssh' }],
    ['qemu+tcp://10.0.0.7/system', { transport: 'tcp', server: '10.0.0.7' }],
    ['qemu+ssh://[fe80::1]:22/system', { server: 'fe80::1', port: 22 }],
    ['qemu+ssh://dom%5Cuser%40x@h/system', { user: 'dom\\user@x' }],
    ['qemu+ssh://a@b@h/system', { user: 'a@b', server: 'h' }],
    [
      'qemu+ssh://h/system?keyfile=/k%20y&known_hosts=/kh',
      { parameters: { keyfile: '/k y', knownHosts: '/kh' }, warnings: [] },
    ],
    ['qemu+ssh://h/system?KEYFILE=/k;no_tty=1', { parameters: { keyfile: '/k', noTty: true } }],
    ['qemu+ssh://h/system?sshauth=agent,privkey', { parameters: { sshauth: ['agent', 'privkey'] } }],
    [
      'qemu+ssh://h/system?proxy=netcat&netcat=/bin/ncat',
      { parameters: { proxy: 'netcat', netcat: '/bin/ncat' } },
    ],
    ['qemu+ssh://h/system?keyfile=/a%2bb', { parameters: { keyfile: '/a+b' }, warnings: [] }],
    ['qemu+ssh://h/system?name=qemu:///session', { remoteName: 'qemu:///session' }],
    ['qemu+ssh://h/system?name=', { remoteName: '' }],
    [
      'qemu+tls://h/system?pkipath=/p&no_verify=0',
      { parameters: { pkipath: '/p', noVerify: false }, warnings: [] },
    ],
    ['qemu+unix:///system?socket=/run/x', { parameters: { socket: '/run/x' } }],
    [
      'qemu+ext:///system?command=/bin/c',
      { transport: 'ext', server: undefined, parameters: { command: '/bin/c' } },
    ],
    ['remote+ssh://h/', { driver: 'remote', remoteName: '' }],
    ['test:///default', { driver: 'test', transport: 'unix', path: '/default' }],
    ['qemu:///embed/a%20b', { path: '/embed/a b', remoteName: 'qemu:///embed/a%20b' }],
    ['qemu:///system?&=x&', { query: [], warnings: [] }],
    // The five examples of the design of 2007.
    [
      'xend://server/',
      { driver: 'xen', transport: 'tls', server: 'server', path: '/', remoteName: 'xen:///' },
    ],
    ['qemud+unix:///session', { driver: 'qemu', transport: 'unix', remoteName: 'qemu:///session' }],
    [
      'qemud+ssh://server/session?command=/opt/openssh/bin/ssh',
      { transport: 'ssh', parameters: { command: '/opt/openssh/bin/ssh' }, remoteName: 'qemu:///session' },
    ],
    ['qemud+tcp://server:5000/session', { transport: 'tcp', server: 'server', port: 5000 }],
    [
      'xend+ext:///?command=my_shell_script',
      { driver: 'xen', transport: 'ext', parameters: { command: 'my_shell_script' } },
    ],
  ];
  it.each(readings)('%s', (text, { parameters, ...rest }) => {
    const parsed = parseConnectUri(text);
    expect(parsed).toMatchObject(rest);
    expect(parsed.parameters).toMatchObject(parameters ?? {});
  });

  it.each([
    ['qemu:///system?keyfle=/k', /"keyfle" is unknown/],
    ['qemu:///system?keyfile=/k', /"keyfile" has no effect with the transport unix/],
    ['qemu+ssh://h/system?keyfile=/a+b', /"\+" in parameter "keyfile"/],
    ['qemu+ssh://h/system?keyfile=/a&keyfile=/b', /more than once/],
    ['qemu+ssh://h/system?no_verify=1', /identity of the server is not checked/],
    ['qemud:///system', /"qemud" of 2007 is called "qemu" today/],
    ['qemu+ssh:///system', /localhost is used/],
    ['qemu+ssh://h/system?__proto__=1', /"__proto__" is unknown/],
  ])('warns about %s', (text, warning) => {
    expect(parseConnectUri(text).warnings).toEqual([expect.stringMatching(warning) as string]);
  });

  it.each([
    ['', /is not a connect URI/],
    ['alpha.lab', /is not a connect URI/],
    ['qemu:/system', /is not a connect URI/],
    ['qemu:///system#x', /is not a connect URI/],
    ['-oProxyCommand=x://h/', /is not a connect URI/],
    ['http://h/', /driver "http" .* is unknown/],
    ['constructor://h/', /driver "constructor" .* is unknown/],
    ['qemu+carrier-pigeon://h/system', /transport "carrier-pigeon" .* is unknown/],
    ['qemu+toString://h/system', /transport "tostring" .* is unknown/],
    ['qemu+://h/system', /transport "" .* is unknown/],
    ['qemu+unix://h/system', /unix is local/],
    ['qemu+ext:///system', /needs the parameter "command"/],
    ['qemu+ssh://h:0/system', /port 0 is not between/],
    ['qemu+ssh://h:65536/system', /port 65536 is not between/],
    ['qemu+ssh://h:ssh/system', /not a server with an optional port/],
    ['qemu+ssh://root@/system', /no server/],
    ['qemu+ssh://u:secret@h/system', /must not carry a password/],
    ['qemu+ssh://-oProxyCommand=evil/system', /not a host name/],
    ['qemu+ssh://%2DoProxyCommand=evil/system', /not a host name/],
    ['qemu+ssh://-l@h/system', /not a login name/],
    ['qemu+ssh://h;reboot/system', /not a host name/],
    ['qemu+ssh://h%0Areboot/system', /control characters/],
    ['qemu+ssh://[::g]/system', /not an IPv6 address/],
    ['qemu+ssh://::1/system', /not a server with an optional port/],
    ['qemu+ssh://h/system?keyfile=%zz', /broken percent escape/],
    ['qemu+ssh://h/system?keyfile=', /"keyfile" needs a value/],
    ['qemu+ssh://h/system?keyfile=a%00b', /control characters/],
    ['qemu+ssh://h/system?netcat=-e', /must not start with "-"/],
    ['qemu+ssh://h/system?name=-x', /must not start with "-"/],
    ['qemu+ssh://h/system?no_verify=yes', /must be 0 or 1/],
    ['qemu+ssh://h/system?proxy=magic', /must be one of auto, netcat, native/],
    ['qemu+ssh://h/system?sshauth=agent,dream', /must list any of/],
    ['qemu:///system?socket=run/x', /must be an absolute path/],
    [`qemu:///${'x'.repeat(5000)}`, /longer than 4096/],
  ])('refuses %s in one sentence', (text, message) => {
    expect(() => parseConnectUri(text)).toThrow(BadInputError);
    expect(() => parseConnectUri(text)).toThrow(message);
    expect(() => parseConnectUri(text)).toThrow(/^[^\n]+\.$/);
  });
});

describe('any connect URI', () => {
  const hostName = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20})$/);
  const printable = fc.stringMatching(/^[ -~é]{1,20}$/);
  const parts = fc.record({
    driver: fc.constantFrom('qemu', 'xen', 'test'),
    transport: fc.constantFrom('tls', 'ssh', 'libssh2', 'tcp'),
    user: fc.option(
      printable.filter((user) => !user.startsWith('-')),
      { nil: undefined },
    ),
    server: fc.oneof(hostName, fc.ipV6()),
    port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
    path: printable.map((text) => `/${text}`),
    query: fc.array(
      fc.record({
        name: fc.constantFrom('keyfile', 'pkipath', 'x-own', 'odd name'),
        value: printable.filter((value) => !value.startsWith('-')),
      }),
      { maxLength: 4 },
    ),
  });

  it('comes back with the same parts when it is formatted and read', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const parsed = parseConnectUri(formatConnectUri(given));
        const { driver, transportAsWritten, user, server, port, path, query } = parsed;
        expect({ driver, transport: transportAsWritten, user, server, port, path, query }).toEqual(given);
        expect(parseConnectUri(formatConnectUri(parsed)).remoteName).toBe(parsed.remoteName);
      }),
      { numRuns: 500 },
    );
  });

  it('is read or refused with the typed error, whatever it is', () => {
    const noise = fc.oneof(
      fc.string(),
      fc.string().map((text) => `qemu+ssh://${text}`),
      fc.string().map((text) => `qemu+ssh://h/system?${text}`),
    );
    fc.assert(
      fc.property(noise, (text) => {
        try {
          const { server = '', user = '' } = parseConnectUri(text);
          expect(server).toMatch(/^[\w.:-]*$/);
          expect(`${server}\n${user}`).not.toMatch(/^-/m);
        } catch (error) {
          expect(error).toBeInstanceOf(BadInputError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
