import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactUri, redactUrisIn, secretsOf } from '../../../electron/common/redact-uri.ts';

describe('redactUri', () => {
  it.each([
    ['qemu+ssh://root@alpha.lab/system', 'qemu+ssh://root@alpha.lab/system'],
    ['qemu+ssh://root:hunter22@alpha.lab/system', 'qemu+ssh://root:…@alpha.lab/system'],
    ['qemu+ssh://root:p@ss:word@alpha.lab/system', 'qemu+ssh://root:…@alpha.lab/system'],
    ['qemu+tls://[fe80::1%25eth0]:16514/system', 'qemu+tls://[fe80::1%25eth0]:16514/system'],
    [
      'qemu+ssh://a/system?keyfile=/root/.ssh/id&known_hosts=/tmp/kh&no_tty=1',
      'qemu+ssh://a/system?keyfile=/root/.ssh/id&known_hosts=/tmp/kh&no_tty=1',
    ],
    ['qemu+ssh://a/system?password=hunter22;keyfile=/k', 'qemu+ssh://a/system?password=…;keyfile=/k'],
    ['qemu+ssh://a/system?PassWord=hunter22', 'qemu+ssh://a/system?PassWord=…'],
    ['qemu+ssh://a/system?%6Beyfile=/k&hunter22', 'qemu+ssh://a/system?%6Beyfile=/k&…'],
    ['qemu+ssh://a/system?name=qemu://x:hunter22@y/', 'qemu+ssh://a/system?name=…'],
    ['qemu+ssh://a/system#hunter22', 'qemu+ssh://a/system'],
    ['tcp://beta.lab:49152', 'tcp://beta.lab:49152'],
    ['not a URI', 'not a URI'],
  ])('%s', (uri, expected) => {
    expect(redactUri(uri)).toBe(expected);
  });

  it('leaves out all that secretsOf names, and what it leaves holds no further secret', () => {
    const secret = fc.stringMatching(/^[!$*+,.0-9A-Za-z@:~-]{6,20}$/).map((text) => `s3cr3t${text}`);
    const uri = fc.tuple(secret, secret, secret).map(([password, value, fragment]) => ({
      uri: `qemu+ssh://root:${password}@alpha.lab/system?keyfile=/k&token=${value}#${fragment}`,
      secrets: [password, value, fragment],
    }));
    fc.assert(
      fc.property(uri, ({ uri: text, secrets }) => {
        const clean = redactUri(text);
        for (const hidden of [...secrets, ...secretsOf(text)]) expect(clean).not.toContain(hidden);
        expect(secretsOf(text)).toEqual(expect.arrayContaining(secrets));
        expect(secretsOf(clean).filter((left) => left !== '…')).toEqual([]);
        expect(clean).toBe('qemu+ssh://root:…@alpha.lab/system?keyfile=/k&token=…');
      }),
    );
  });

  it('finds what a percent escape hides', () => {
    expect(secretsOf('qemu+ssh://root:hunter%2022@a/system')).toEqual(['hunter%2022', 'hunter 22']);
  });
});

it('redacts every URI in a sentence, and leaves the sentence', () => {
  expect(
    redactUrisIn('Neither “qemu+ssh://u:hunter22@a/system” nor qemu+tls://b/system?x=hunter22 answers.'),
  ).toBe('Neither “qemu+ssh://u:…@a/system” nor qemu+tls://b/system?x=… answers.');
});
