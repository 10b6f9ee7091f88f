import { describe, expect, test } from 'vitest';
import { countOccurrences } from '../../lab/capture.ts';
import { canaryBytes, canarySha256 } from '../../lab/canary.ts';
import { matchingProcesses } from '../../lab/kill-process.ts';
import { withLabLines, withoutLabLines } from '../../lab/name-resolution.ts';
import { parseSerialLog } from '../../lab/serial-log.ts';
import { formatStatus, type LabStatus } from '../../lab/status.ts';
import { waitFor } from '../../lab/wait-for.ts';

describe('a serial log', () => {
  const line = (counter: number): string =>
    `counter=${counter} canary=${'0a'.repeat(32)} boot=0123456789abcdef`;

  test('gives the whole lines and leaves out the rest', () => {
    const text = `[ 0.1] kernel talk\n${line(7)}\r\n${line(8)}\n${line(9)}`;
    expect(parseSerialLog(text).map(({ counter }) => counter)).toEqual([7, 8]);
  });

  test('that begins in the middle of a line gives nothing for it', () => {
    expect(parseSerialLog(`7${line(1).slice(1)}\n`)).toEqual([]);
  });
});

describe('occurrences of bytes', () => {
  test.each([
    ['within one chunk', ['xxabcx'], 1],
    ['across two chunks', ['xxa', 'bcx'], 1],
    ['across three chunks', ['a', 'b', 'c'], 1],
    ['on end', ['abcabc', 'abc'], 3],
    ['not at all', ['ab', 'xc'], 0],
  ])('are counted %s', async (_where, chunks, expected) => {
    expect(
      await countOccurrences(
        chunks.map((chunk) => Buffer.from(chunk)),
        Buffer.from('abc'),
      ),
    ).toBe(expected);
  });

  test('that overlap themselves are counted once', async () => {
    expect(await countOccurrences([Buffer.from('aaa'), Buffer.from('aa')], Buffer.from('aa'))).toBe(2);
  });
});

test('the canary is 64 bytes and its block hashes to what a guest prints', () => {
  expect(canaryBytes).toHaveLength(64);
  expect(canarySha256).toMatch(/^[0-9a-f]{64}$/);
});

describe('the lines in /etc/hosts', () => {
  test.each(['', '127.0.0.1 localhost', '127.0.0.1 localhost\n\n'])(
    'leave %j as it was when removed',
    (text) => {
      const added = withLabLines(text);
      expect(added).toContain('198.51.100.11 alpha.lab alpha\n');
      expect(withLabLines(added)).toBe(added);
      expect(withoutLabLines(added)).toBe(text);
    },
  );
});

test('processes are matched by command line, never process 1', () => {
  const table =
    '    1 /sbin/init qemu\n   42 /usr/bin/qemu-system-x86_64 -name guest=web01\n  143 sshd: root\n';
  expect(matchingProcesses(table, /qemu/)).toEqual([42]);
});

test('waiting in vain says what did not happen and what the last try said', async () => {
  const probe = (): Promise<undefined> => Promise.reject(new Error('no answer'));
  await expect(waitFor('the door opens', probe, { timeoutMs: 0 })).rejects.toThrow(
    'did not happen within 0 ms: the door opens; the last try said: no answer',
  );
});

test('the status names the URI of every host and the state of every guest', () => {
  const host = { running: true, operatorUri: '', tlsUri: '', guests: [] };
  const status: LabStatus = {
    up: true,
    hosts: [
      {
        ...host,
        name: 'alpha',
        fqdn: 'alpha.lab',
        address: '198.51.100.11',
        connectUri: 'qemu+ssh://a/system',
      },
      {
        ...host,
        name: 'beta',
        fqdn: 'beta.lab',
        address: '198.51.100.12',
        connectUri: 'qemu+ssh://b/system',
        guests: [{ name: 'web01', state: 'running', line: { counter: 12, canary: '', boot: '' } }],
      },
    ],
    keyFile: '/key',
    knownHosts: '/known_hosts',
    pkiPath: '/pki',
    stateDir: '/state',
  };
  const text = formatStatus(status);
  expect(text).toContain('qemu+ssh://a/system');
  expect(text).toContain('qemu+ssh://b/system');
  expect(text).toContain('web01: running, counter 12');
});
