import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Lab, type HostName } from './lab.ts';
import { expectRunsOn, guestLine, otherHost } from './support/guest-proof.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

const rounds = 10;
let lab: Lab;

function move(from: HostName, ...options: string[]): Promise<ViaductRun> {
  return viaduct([
    ...['migrate', 'web01', '--json'],
    ...['--source', lab.sshUri(from), '--destination', lab.sshUri(otherHost(from))],
    ...options,
  ]);
}

/** A folder of state that outlives one run of the command. */
async function temporaryHome(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'viaduct-history-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const streamsOf = ({ lines }: ViaductRun): unknown[] =>
  lines.filter(({ type }) => type === 'stream').map((line) => ({ ...line, type: undefined }));

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});

describe('viaduct migrate over native TLS', () => {
  it('moves a running guest there and back, ten times in a row', { timeout: 600_000 }, async () => {
    let line = await guestLine(lab, 'web01', 'alpha');
    let host: HostName = 'alpha';
    for (let round = 0; round < rounds * 2; round += 1) {
      const run = await move(host);
      host = otherHost(host);
      expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
      expect(run.code).toBe(0);
      line = await expectRunsOn(lab, host, 'web01', line);
    }
  });

  it('tells checks, streams, phases, progress and one result, in that order', async () => {
    const before = await guestLine(lab, 'web01', 'alpha');
    const run = await move('alpha');
    const kinds = run.lines.map(({ type }) => type);
    const firstOf = (type: string) => kinds.indexOf(type);
    expect(firstOf('check')).toBe(0);
    expect(firstOf('stream')).toBeGreaterThan(kinds.lastIndexOf('check'));
    expect(firstOf('phase')).toBeGreaterThan(kinds.lastIndexOf('stream'));
    expect(kinds.filter((type) => type === 'result')).toHaveLength(1);
    expect(kinds.at(-1)).toBe('result');
    const phases = run.lines.filter(({ type }) => type === 'phase');
    expect(phases.map(({ phase, state }) => [phase, state])).toEqual(
      ['begin', 'prepare', 'perform', 'finish', 'confirm'].flatMap((phase) => [
        [phase, 'begin'],
        [phase, 'end'],
      ]),
    );
    const percents = run.lines
      .filter(({ type }) => type === 'progress')
      .map(({ percent }) => Number(percent));
    expect(percents.length).toBeGreaterThan(1);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(run.result).toMatchObject({ guest: 'web01', mode: 'native-tls', control: 'managed' });
    expect(Number(run.result?.['totalMs'])).toBeGreaterThan(0);
    expect(Number(run.result?.['downtimeMs'])).toBeGreaterThan(0);
    const memory = run.lines.find(({ name }) => name === 'memory and device state');
    expect(memory).toMatchObject({ encrypted: true, authenticated: true });
    await expectRunsOn(lab, 'beta', 'web01', before);
    await move('beta');
  });

  it('leaves a receipt with the fingerprints that the hosts’ own tools print', async () => {
    await using home = await temporaryHome();
    const environment = { VIADUCT_HOME: home.path };
    const uris = ['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')];
    const run = await viaduct(['migrate', 'web01', '--json', ...uris], { environment });
    expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated' });
    await move('beta');
    const { lines, code } = await viaduct(['history', '--json'], { environment });
    expect(code).toBe(0);
    expect(lines.map(({ type }) => type)).toEqual(['migration', 'result']);
    expect(lines[0]).toMatchObject({ ...run.result, type: 'migration', plaintextConsent: false });
    expect(lines[0]?.['streams']).toEqual(streamsOf(run));
    const certificate = async (host: HostName, file: string): Promise<string> => {
      const argv = ['openssl', 'x509', '-noout', '-fingerprint', '-sha256', '-in', `/etc/pki/qemu/${file}`];
      return (await lab.mustRun(host, argv)).trim().split('=').at(-1) ?? '';
    };
    const hostKeys = async (host: HostName): Promise<string> =>
      lab.mustRun(host, [
        'sh',
        '-c',
        'for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf "$key"; done',
      ]);
    const shown = lines[0]?.['identities'] as { side: string; what: string; fingerprint: string }[];
    const fingerprint = (side: string, what: string): string =>
      shown.find((identity) => identity.side === side && identity.what === what)?.fingerprint ?? 'none';
    expect(fingerprint('source', 'QEMU client certificate')).toBe(
      await certificate('alpha', 'client-cert.pem'),
    );
    expect(fingerprint('destination', 'QEMU server certificate')).toBe(
      await certificate('beta', 'server-cert.pem'),
    );
    expect(await hostKeys('alpha')).toContain(` ${fingerprint('source', 'SSH host key')} `);
    expect(await hostKeys('beta')).toContain(` ${fingerprint('destination', 'SSH host key')} `);
  });

  it('stops at 50 % when it is interrupted; the guest stays and nothing is left behind', async () => {
    const before = await guestLine(lab, 'web01', 'alpha');
    let interrupted = false;
    const run = await viaduct(
      [
        ...['migrate', 'web01', '--json', '--bandwidth', '60'],
        ...['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')],
      ],
      {
        onLine: (line, interrupt) => {
          if (interrupted || line.type !== 'progress' || Number(line['percent']) < 50) return;
          interrupted = true;
          interrupt();
        },
      },
    );
    expect(interrupted, 'progress reached 50 %').toBe(true);
    expect(run.result).toMatchObject({ outcome: 'cancelled', runningOn: 'source' });
    expect(run.code).toBe(5);
    expect(await lab.whereRuns('web01')).toEqual({ alpha: 'running', beta: 'absent' });
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });

  it(
    'copies a local disk along when asked to, and refuses to leave it behind',
    { timeout: 240_000 },
    async () => {
      const before = await guestLine(lab, 'db01', 'alpha');
      const uris = ['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')];
      const refused = await viaduct(['migrate', 'db01', '--json', ...uris]);
      expect(refused.code).toBe(3);
      expect(refused.result).toMatchObject({ outcome: 'refused', error: { code: 'guest.disks' } });
      expect(await lab.whereRuns('db01')).toEqual({ alpha: 'running', beta: 'absent' });

      const moved = await viaduct(['migrate', 'db01', '--json', '--disks', 'copy', ...uris]);
      expect(moved.result, moved.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
      const disk = moved.lines.find(({ name }) => name === 'disk vda');
      expect(disk).toMatchObject({ encrypted: true, authenticated: true });
      await expectRunsOn(lab, 'beta', 'db01', before);
    },
  );
});
