import { describe, expect, it } from 'vitest';
import {
  exactTime,
  optionWords,
  pauseText,
  receiptText,
  runsWhere,
} from '../../../electron/ipc/receipt-text.ts';
import { receiptOf } from '../engine/receipt/sample-receipt.ts';

const error = {
  code: 'data-link-broke',
  side: 'source' as const,
  phase: 'perform' as const,
  message: 'The link broke.',
  remedy: 'Mend it.',
};

describe('a receipt as text', () => {
  it('says where the guest runs, how long it took, and how everything is known', () => {
    const text = receiptText(
      receiptOf({
        streams: [
          {
            name: 'memory and device state',
            path: 'alpha to tcp://beta',
            encrypted: true,
            authenticated: true,
            by: 'QEMU TLS',
            evidence: 'both files were read',
          },
        ],
        identities: [
          {
            side: 'destination',
            what: 'QEMU server certificate',
            subject: 'CN=beta',
            fingerprint: 'AB:CD',
            evidence: 'read',
          },
        ],
        changes: [{ side: 'destination', text: 'web01 is defined here.' }],
        cleanUp: [{ side: 'source', text: 'Delete vda.' }],
        options: [{ name: 'bandwidthMiBps', value: 100 }],
      }),
    );
    for (const part of [
      'runs on beta.lab.',
      'Pause            187 ms',
      'Took             20 s',
      '- bandwidth: 100 MiB/s',
      '- memory and device state: encrypted, both ends verified\n  alpha to tcp://beta\n  QEMU TLS\n  both files were read',
      '- QEMU server certificate of beta.lab, CN=beta\n  AB:CD\n  read',
      'What changed\n- beta.lab: web01 is defined here.',
      'To clean up\n- Delete vda.',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('keeps the code, the side and the remedy of a failure, and claims no changes', () => {
    const text = receiptText(receiptOf({ outcome: 'failed', runningOn: 'source', downtimeMs: null, error }));
    expect(text).toContain(
      'What went wrong\n- The link broke. (data-link-broke, source, perform)\n- Mend it.',
    );
    expect(text).not.toContain('Pause');
    expect(text).not.toContain('changed');
  });

  it('says before the host’s own words what they mean, and where it broke', () => {
    const known = { ...error, cause: 'A port is closed.', hop: 'source to destination, disks' as const };
    expect(receiptText(receiptOf({ outcome: 'failed', runningOn: 'source', error: known }))).toContain(
      'What went wrong\n- A port is closed. (source to destination, disks)\n- The link broke. (data-link-broke',
    );
  });

  it('says that it is not known which changes were made', () => {
    const changes = [{ side: 'source' as const, text: 'web01 stops running here.' }];
    const text = receiptText(receiptOf({ outcome: 'stuck', runningOn: 'unknown', changes }));
    expect(text).toContain('Planned changes; which were made is not known\n- alpha.lab: web01');
  });
});

it.each([
  [{ name: 'bandwidthMiBps', value: 100 }, 'bandwidth: 100 MiB/s'],
  [{ name: 'maxDowntimeMs', value: 300 }, 'max downtime: 300 ms'],
  [{ name: 'keepSourceDefinition', value: true }, 'keep source definition: yes'],
  [{ name: 'timeoutS', value: 90 }, 'timeout: 90 s'],
  [{ name: 'disks', value: 'copy' }, 'disks: copy'],
  [{ name: 'somethingNew', value: '{"a":1}' }, 'something new: {"a":1}'],
])('reads any option by its name: %j', (option, words) => {
  expect(Object.values(optionWords(option)).join(': ')).toBe(words);
});

it('does not turn a missing figure into a zero', () => {
  expect([pauseText(187), pauseText(null)]).toEqual(['187 ms', 'not measured']);
});

it('of a run that was refused says that nothing was touched where the guest is not known', () => {
  expect(runsWhere(receiptOf({ outcome: 'refused', runningOn: 'unknown' }))).toBe('Nothing was touched.');
});

it('of a run that was refused says which host has the guest, not that it runs', () => {
  expect(runsWhere(receiptOf({ outcome: 'refused', runningOn: 'source' }))).toBe(
    'Nothing was touched; web01 is on alpha.lab.',
  );
});

it('of an offline move says which host has the definition, and of no pause', () => {
  const receipt = receiptOf({ offline: true, downtimeMs: null });
  expect(runsWhere(receipt)).toBe('web01 is on beta.lab, shut off.');
  expect(runsWhere({ ...receipt, outcome: 'stuck', runningOn: 'unknown' })).toBe(
    'It is not known which host has web01.',
  );
  const text = receiptText(receipt);
  expect(text).toMatch(/Mode +offline, the definition alone, managed/);
  expect(text).not.toContain('Pause');
});

it('writes times so that they are the same moment elsewhere', () => {
  const text = exactTime('2026-11-21T13:03:09.400Z');
  expect(text).toMatch(/^2026-11-2\d \d\d:\d\d:09 [+-]\d\d:\d\d$/);
  expect(new Date(text.replace(' ', 'T').replace(' ', '')).toISOString()).toBe('2026-11-21T13:03:09.000Z');
});
