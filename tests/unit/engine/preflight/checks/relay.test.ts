import { describe, expect, test } from 'vitest';
import { ViaductError } from '../../../../../electron/common/errors.ts';
import { defaultPlanOptions, type Mode } from '../../../../../electron/engine/plan.ts';
import { networkNameCheck } from '../../../../../electron/engine/preflight/checks/network-name.ts';
import { networkPortsCheck } from '../../../../../electron/engine/preflight/checks/network-ports.ts';
import { relayCheck } from '../../../../../electron/engine/preflight/checks/relay.ts';
import { tlsForceCheck } from '../../../../../electron/engine/preflight/checks/tls-peers.ts';
import { tlsTreeCheck } from '../../../../../electron/engine/preflight/checks/tls-tree.ts';
import { findingsOf, verdict } from '../fake-context.ts';

const owner = { uid: 64_055, gid: 64_055 };

describe('the end of a relay', () => {
  test('works where a byte came back', async () => {
    expect(await verdict(relayCheck('source'))).toEqual(['ok relay.source']);
    expect(await verdict(relayCheck('destination'))).toEqual(['ok relay.destination']);
  });

  test('is told of as unverified where any host key is taken', async () => {
    const relay = () => Promise.resolve({ owner, hostKeyVerified: false });
    expect(await verdict(relayCheck('source'), { source: { relay } })).toEqual([
      'ok relay.source',
      'warning relay.source.host-key',
    ]);
  });

  test('is an error with the reason and what to do where it cannot be opened', async () => {
    const failure = new ViaductError('relay.session', 'It ended.', { remedy: 'Load the key.' });
    const relay = () => Promise.reject(failure);
    const findings = await findingsOf(relayCheck('destination'), { destination: { relay } });
    expect(findings).toMatchObject([
      { level: 'error', id: 'relay.destination', summary: 'beta.lab: It ended.', remedy: 'Load the key.' },
    ]);
  });
});

test('a relay is asked for its ends, and for no port, name or certificate', () => {
  const asked = (mode: Mode) =>
    [
      relayCheck('source'),
      networkPortsCheck,
      networkNameCheck,
      tlsTreeCheck('source'),
      tlsForceCheck('source'),
    ]
      .filter((check) => check.applies?.({ ...defaultPlanOptions, mode }) ?? true)
      .map(({ id }) => id);
  expect(asked('ssh-relay')).toEqual(['relay.source', 'tls.source.force']);
  expect(asked('native-tls')).not.toContain('relay.source');
});
