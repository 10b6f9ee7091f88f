import { describe, expect, test } from 'vitest';
import { defaultPlanOptions, type PlanOptions } from '../../../../../electron/engine/plan.ts';
import { combinationCheck } from '../../../../../electron/engine/preflight/checks/combination.ts';
import { findingsOf } from '../fake-context.ts';

const tunnelled: Partial<PlanOptions> = { mode: 'tunnelled', control: 'p2p' };
const postCopy: Partial<PlanOptions> = { postCopy: true, control: 'p2p' };

describe('options that do not go together', () => {
  test.each<[string, Partial<PlanOptions>, RegExp]>([
    [
      'a tunnel that nobody opens',
      { mode: 'tunnelled', control: 'managed' },
      /which a managed migration has not/,
    ],
    ['disks through a tunnel', { ...tunnelled, disks: 'copy' }, /disks cannot be copied/],
    ['a data address beside a tunnel', { ...tunnelled, migrateUri: 'tcp://b' }, /no data address/],
    ['a name for QEMU in a tunnel', { ...tunnelled, tlsDestination: 'b' }, /No certificate of QEMU/],
    ['several connections in a tunnel', { ...tunnelled, parallel: 2 }, /one connection/],
    ['pages fetched through a tunnel', { ...tunnelled, postCopy: true }, /leads one way/],
    ['disks chosen where none are copied', { diskTargets: ['vda'] }, /none are to be copied/],
    ['post-copy over several connections', { parallel: 2, ...postCopy }, /before 10\.1/],
    ['post-copy that hangs on us', { postCopy: true }, /would lose the guest together with Viaduct/],
    ['several connections with xbzrle', { parallel: 2, compress: 'xbzrle' }, /zlib or zstd alone/],
    ['zstd in one connection', { compress: 'zstd' }, /several connections/],
    ['what to do when no time is over', { onTimeout: 'cancel' }, /no time is given/],
    [
      'post-copy that was not allowed',
      { timeoutS: 9, onTimeout: 'post-copy' },
      /allowed before the guest starts/,
    ],
    ['a relay that a daemon would drive', { mode: 'ssh-relay', control: 'p2p' }, /only Viaduct itself/],
    ['a relay that may be driven by a daemon', { mode: 'ssh-relay', control: 'auto' }, /only Viaduct itself/],
    ['a data address beside a relay', { mode: 'ssh-relay', migrateUri: 'tcp://b' }, /no data address/],
    ['a name for QEMU in a relay', { mode: 'ssh-relay', tlsDestination: 'b' }, /No certificate of QEMU/],
    ['post-copy over a relay', { mode: 'ssh-relay', postCopy: true }, /would cost the guest its memory/],
    ['an identity that may not be used', { control: 'auto', oneTimeIdentity: 'CA' }, /only a peer-to-peer/],
    ['disks of a guest that is shut off', { offline: true, disks: 'copy' }, /copies no disks/],
    ['a tunnel for one', { offline: true, ...tunnelled }, /A mode is how/],
    ['a relay for one', { offline: true, mode: 'ssh-relay' }, /A mode is how/],
    ['plain for one', { offline: true, mode: 'plain', allowPlaintext: true }, /A mode is how/],
    ['post-copy of one', { offline: true, postCopy: true }, /^--post-copy is about data/],
    ['channels for one', { offline: true, parallel: 2 }, /^--parallel is/],
    ['compression of one', { offline: true, compress: 'xbzrle' }, /^--compress is/],
    ['auto-converge of one', { offline: true, autoConverge: true }, /^--auto-converge is/],
    ['a time for one', { offline: true, timeoutS: 9 }, /^--timeout is/],
    ['a limit of the transfer of one', { offline: true, bandwidthMiBps: 9 }, /^--bandwidth is/],
    ['a limit of the pause of one', { offline: true, maxDowntimeMs: 9 }, /^--max-downtime is/],
    ['a data address for one', { offline: true, migrateUri: 'tcp://b' }, /^--migrate-uri is/],
    ['a name for QEMU for one', { offline: true, tlsDestination: 'b' }, /^--tls-destination is/],
    ['an address for daemons that do not meet', { dconnuri: 'qemu+tls://b/system' }, /do not connect/],
  ])('%s', async (_what, given, words) => {
    const options = { ...defaultPlanOptions, ...given };
    expect(combinationCheck.applies?.(options)).toBe(true);
    const findings = await findingsOf(combinationCheck, { context: { options } });
    expect(findings).toMatchObject([{ level: 'error', summary: expect.stringMatching(words) as string }]);
  });

  test.each<Partial<PlanOptions>>([
    {},
    tunnelled,
    { mode: 'ssh-relay', disks: 'copy', parallel: 2 },
    { mode: 'tunnelled', control: 'auto', oneTimeIdentity: 'CA' },
    { control: 'p2p', disks: 'copy', dconnuri: 'qemu+tls://b/system' },
    { disks: 'incremental', diskTargets: ['vdb'] },
    { parallel: 2, compress: 'zstd' },
    { compress: 'xbzrle' },
    { ...postCopy, timeoutS: 9, onTimeout: 'post-copy' },
    { postCopy: true, control: 'auto' },
    { ...tunnelled, timeoutS: 9 },
    { offline: true },
    { offline: true, control: 'p2p', keepSourceDefinition: true, rename: 'web02', persist: true },
  ])('nothing is said of %j', (given) => {
    expect(combinationCheck.applies?.({ ...defaultPlanOptions, ...given })).toBe(false);
  });
});
