import { describe, expect, it } from 'vitest';
import { BadInputError } from '../../../electron/common/errors.ts';
import { ManagedHost } from '../../../electron/hosts/managed-host.ts';
import { noPrompts } from '../../../electron/ssh/prompts.ts';

const host = (uri: string) => new ManagedHost(uri, { home: '/nonexistent', prompts: noPrompts });

describe('a host by its connect URI', () => {
  it.each([
    ['qemu+ssh://root@alpha.lab/system', 'alpha.lab', 'ssh', 'verified'],
    ['qemu://alpha.lab/system', 'alpha.lab', 'tls', 'verified'],
    ['qemu+tls://alpha.lab/system?no_verify=1', 'alpha.lab', 'tls', 'unverified'],
    ['qemu:///system', 'localhost', 'unix', 'verified'],
  ])('%s is %s over %s, %s', (uri, name, transport, level) => {
    const made = host(uri);
    expect([made.name, made.transport, made.security.level]).toEqual([name, transport, level]);
  });

  it.each([
    ['qemu+tcp://alpha.lab/system', 'tcp is not supported'],
    ['qemu+ext:///system?command=/bin/nc', 'ext is not supported'],
    ['xen+ssh://alpha.lab/', 'driver xen is not supported'],
    ['nonsense', 'is not a connect URI'],
  ])('%s is refused in one sentence', (uri, words) => {
    expect(() => host(uri)).toThrow(BadInputError);
    expect(() => host(uri)).toThrow(words);
  });

  it.each(['no_verify=1', 'known_hosts_verify=ignore', 'known_hosts_verify=auto'])(
    'says that %s does not switch the check of host keys off',
    (parameter) => {
      const made = host(`qemu+ssh://alpha.lab/system?${parameter}`);
      expect(made.notes.join()).toContain(`${parameter} has no effect`);
      expect(made.security.level).toBe('verified');
    },
  );
});
