import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ExecResult } from '../../../electron/common/host/host-shell.ts';
import type { PkiFinding } from '../../../electron/deploy/pki-finding.ts';
import type { PkiHost } from '../../../electron/deploy/pki-host.ts';
import { putInUse } from '../../../electron/deploy/put-in-use.ts';
import { reloadDaemon } from '../../../electron/deploy/reload.ts';

interface Facts {
  listening: boolean;
  enabledAtBoot: boolean;
  busy: string[];
  service: string;
  socket: string | undefined;
}
const usual: Facts = {
  listening: true,
  enabledAtBoot: true,
  busy: [],
  service: 'libvirtd.service',
  socket: 'libvirtd-tls.socket',
};
const ok = { code: 0, stderr: '' };

/** A host that only answers what its daemon is told; `answers` by a word of the command line. */
function hostWith(facts: Partial<Facts>, answers: Record<string, { code: number; stderr: string }>) {
  const { listening, enabledAtBoot, busy, service, socket } = { ...usual, ...facts };
  const ran: string[] = [];
  const operate = (operation: string, args: readonly string[]): Promise<ExecResult> => {
    const line = [operation, ...args]
      .filter((word) => word !== 'run' && word !== 'env' && word !== 'LC_ALL=C')
      .join(' ');
    ran.push(line);
    const [, answer = ok] = Object.entries(answers).find(([word]) => line.includes(word)) ?? [];
    return Promise.resolve({ ...answer, stdout: new Uint8Array() });
  };
  const hand = (word: string) => () => Promise.resolve(void ran.push(word));
  const host = {
    name: '127.0.0.1',
    hasOpenssl: false,
    facts: {
      layout: { service, tlsSocket: socket },
      tls: { listening, enabledAtBoot, port: 1 },
      guests: { busy },
    },
    root: { operate },
    hand: { commit: hand('commit'), back: hand('back') },
  } as unknown as PkiHost;
  return { host, ran };
}

const update = 'virt-admin -c libvirtd:///system server-update-tls libvirtd';
const old = { code: 1, stderr: "error: unknown command: 'server-update-tls'" };
const refusal = { code: 1, stderr: 'error: Unable to update\nerror: the certificate has expired' };

describe('letting a daemon read its certificates again', () => {
  it.each<[string, Partial<Facts>, Record<string, typeof ok>, string, string[]]>([
    ['asks it', {}, {}, 'read-again', [update]],
    [
      'asks the proxy of modular daemons',
      { service: 'virtproxyd.service', socket: 'virtproxyd-tls.socket' },
      {},
      'read-again',
      ['virt-admin -c virtproxyd:///system server-update-tls virtproxyd'],
    ],
    [
      'leaves one alone that does not listen',
      { listening: false, enabledAtBoot: false },
      {},
      'not-listening',
      [],
    ],
    [
      'restarts it with its sockets when it cannot be asked',
      {},
      { 'virt-admin': old },
      'restarted',
      [
        update,
        'systemctl reset-failed libvirtd.service libvirtd-tls.socket',
        'listener_on libvirtd.service libvirtd-tls.socket',
      ],
    ],
    [
      'brings it back after it gave up',
      { listening: false },
      {},
      'restarted',
      [
        'systemctl reset-failed libvirtd.service libvirtd-tls.socket',
        'listener_on libvirtd.service libvirtd-tls.socket',
      ],
    ],
    [
      'restarts one that listens by itself',
      { socket: undefined, enabledAtBoot: true },
      { 'virt-admin': { code: 127, stderr: '' } },
      'restarted',
      [update, 'systemctl reset-failed libvirtd.service', 'systemctl restart libvirtd.service'],
    ],
  ])('%s', async (_what, facts, answers, expected, commands) => {
    const { host, ran } = hostWith(facts, answers);
    expect(await reloadDaemon(host)).toBe(expected);
    expect(ran).toEqual(commands);
  });

  it.each([
    ['it refuses them', {}, { 'virt-admin': refusal }, 'deploy-reload-refused'],
    [
      'a guest is busy and it had to be restarted',
      { busy: ['web01'] },
      { 'virt-admin': old },
      'deploy-reload-busy',
    ],
    [
      'it does not start',
      {},
      { 'virt-admin': old, listener_on: { code: 1, stderr: 'Job failed' } },
      'deploy-reload-refused',
    ],
  ] as const)('puts the old files back when %s', async (_what, facts, answers, code) => {
    const { host, ran } = hostWith({ ...facts, busy: [...('busy' in facts ? facts.busy : [])] }, answers);
    const work = putInUse(host, [], { others: [], fingerprint: 'AA', report: () => undefined, options: {} });
    await expect(work).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/has its old files again/) as string,
    });
    expect(ran[0]).toBe('commit');
    expect(ran).toContain('back');
  });

  it('says that nobody saw what is shown', async () => {
    const { host } = hostWith({}, {});
    const findings: PkiFinding[] = [];
    // A port on which nobody listens.
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    Object.assign(host.facts.tls, { port: typeof address === 'object' ? address?.port : 0 });
    await new Promise((resolve) => server.close(resolve));
    await putInUse(host, [], {
      others: [],
      fingerprint: 'AA',
      report: (finding) => findings.push(finding),
      options: { waitMs: 0 },
    });
    expect(findings).toMatchObject([{ id: 'pki.served', level: 'unknown' }]);
  });
});
