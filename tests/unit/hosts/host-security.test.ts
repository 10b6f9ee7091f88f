import { expect, it } from 'vitest';

import { hostSecurity } from '../../../electron/hosts/host-security.ts';
import type { HostSecurity } from '../../../electron/hosts/snapshots.ts';
import type { LoginUsed } from '../../../electron/libvirt/index.ts';

const ways: Readonly<Record<string, { encrypted: boolean; security: HostSecurity }>> = {
  ssh: { encrypted: true, security: { level: 'verified', summary: 'Encrypted by SSH.' } },
  anyone: {
    encrypted: true,
    security: { level: 'unverified', summary: 'Encrypted, but nobody is checked.' },
  },
  tcp: { encrypted: false, security: { level: 'insecure', summary: 'Nothing is encrypted.' } },
};
const sasl = (mechanism: string, ssf: number, user?: string): LoginUsed => ({
  method: 'sasl',
  mechanism,
  ssf,
  user,
});

it.each<[string, LoginUsed | undefined, HostSecurity['level'], string]>([
  ['ssh', undefined, 'verified', 'Encrypted by SSH.'],
  ['ssh', { method: 'none', ssf: 0 }, 'verified', 'Encrypted by SSH.'],
  ['ssh', { method: 'polkit', ssf: 0 }, 'verified', 'Encrypted by SSH. Let in by polkit.'],
  ['ssh', sasl('PLAIN', 0, 'fred'), 'verified', 'Encrypted by SSH. Logged in as fred by PLAIN.'],
  [
    'anyone',
    sasl('SCRAM-SHA-256', 0, 'fred'),
    'unverified',
    'Encrypted, but nobody is checked. Logged in as fred by SCRAM-SHA-256.',
  ],
  [
    'anyone',
    sasl('DIGEST-MD5', 128, 'fred'),
    'unverified',
    'Encrypted, but nobody is checked. Logged in as fred by DIGEST-MD5.',
  ],
  ['tcp', undefined, 'insecure', 'Nothing is encrypted.'],
  ['tcp', { method: 'none', ssf: 0 }, 'insecure', 'Nothing is encrypted.'],
  [
    'tcp',
    sasl('SCRAM-SHA-256', 0, 'fred'),
    'insecure',
    'Nothing is encrypted. Logged in as fred by SCRAM-SHA-256.',
  ],
  [
    'tcp',
    sasl('GSSAPI', 0, 'fred@LAB'),
    'insecure',
    'Nothing is encrypted. Logged in as fred@LAB by GSSAPI.',
  ],
  ['tcp', sasl('GSSAPI', 1, 'fred@LAB'), 'insecure', 'Everybody on the way can read'],
  ['tcp', sasl('DIGEST-MD5', 1, 'fred'), 'insecure', 'Everybody on the way can read'],
  ['tcp', sasl('GSSAPI', 256, 'fred@LAB'), 'verified', 'Encrypted by Kerberos (256 bit keys)'],
  [
    'tcp',
    sasl('DIGEST-MD5', 128, 'fred'),
    'unverified',
    'Encrypted by DIGEST-MD5, which is obsolete and weak',
  ],
])('over %s with %j: %s', (way, login, level, summary) => {
  const route = ways[way];
  if (route === undefined) throw new Error('no such way');
  expect(hostSecurity(route, login)).toEqual({ level, summary: expect.stringContaining(summary) as string });
});
