import { describe, expect, it } from 'vitest';
import { plaintextConsent } from '../../../../electron/ipc/contract.ts';
import { defaultPlanOptions } from '../../../../electron/engine/plan.ts';
import {
  consentPhrase,
  initialOptions,
  wholeNumber,
  withControl,
  withMode,
  withOffline,
  withPostCopy,
  withTimeout,
  withTimeoutAction,
} from '../../../../renderer/state/plan-options.ts';

describe('plan options', () => {
  it('starts where the engine does', () => {
    expect(initialOptions).toEqual(defaultPlanOptions);
  });

  it('asks for the phrase that the contract wants', () => {
    expect(consentPhrase).toBe(plaintextConsent);
  });

  it('allows plaintext while its mode is chosen and not a moment longer', () => {
    const plain = withMode(initialOptions, 'plain');
    expect(plain.allowPlaintext).toBe(true);
    expect(withMode(plain, 'native-tls').allowPlaintext).toBe(false);
  });

  it('has the daemons open the tunnel, and drops what a tunnel has no use for', () => {
    const given = { ...initialOptions, migrateUri: 'tcp://b', tlsDestination: 'b' };
    expect(withMode(given, 'tunnelled')).toMatchObject({
      ...{ mode: 'tunnelled', control: 'p2p' },
      ...{ migrateUri: undefined, tlsDestination: undefined },
    });
    expect(withMode({ ...given, control: 'auto' }, 'tunnelled').control).toBe('auto');
    expect(withMode(given, 'native-tls')).toEqual(given);
  });

  it('drops all that is about data on its way where the definition alone moves', () => {
    const kept = { control: 'p2p', dconnuri: 'qemu+tls://b/system', rename: 'web02' } as const;
    const given = {
      ...initialOptions,
      ...kept,
      mode: 'plain',
      disks: 'copy',
      parallel: 4,
      timeoutS: 9,
    } as const;
    const offline = withOffline({ ...given, allowPlaintext: true, keepSourceDefinition: true }, true);
    expect(offline).toEqual({ ...initialOptions, ...kept, keepSourceDefinition: true, offline: true });
    expect(withOffline(offline, false)).toEqual({ ...offline, offline: false });
  });

  it('drops the channels that a tunnel has not', () => {
    const given = withTimeoutAction(withTimeout({ ...initialOptions, parallel: 4 }, 60), 'post-copy');
    expect(given).toMatchObject({ timeoutS: 60, onTimeout: 'post-copy', postCopy: true, control: 'p2p' });
    const tunnelled = withMode(given, 'tunnelled');
    expect(tunnelled).toMatchObject({ parallel: undefined, postCopy: false, timeoutS: 60 });
    expect(tunnelled.onTimeout).toBeUndefined();
    expect(withMode(withTimeoutAction(given, 'suspend'), 'tunnelled').onTimeout).toBe('suspend');
  });

  it('leaves a guest that may be switched to post-copy to the daemons', () => {
    expect(withPostCopy(initialOptions, true).control).toBe('p2p');
    expect(withPostCopy({ ...initialOptions, control: 'auto' }, true)).toMatchObject({ control: 'auto' });
    expect(withPostCopy(withPostCopy(initialOptions, true), false)).toMatchObject({
      ...{ postCopy: false, control: 'p2p' },
    });
  });

  it('does nothing when the time is over that nobody gave', () => {
    const given = withTimeoutAction(withTimeout(initialOptions, 60), 'suspend');
    expect(withTimeout(given, 90).onTimeout).toBe('suspend');
    expect(withTimeout(given, undefined).onTimeout).toBeUndefined();
  });

  it('moves the guest itself over a relay, and drops what that has no use for', () => {
    const options = withTimeoutAction(withTimeout({ ...initialOptions, parallel: 4 }, 60), 'post-copy');
    const given = { ...withControl(options, 'p2p'), migrateUri: 'tcp://b', tlsDestination: 'b' };
    expect(withMode({ ...given, dconnuri: 'qemu+tls://b/system' }, 'ssh-relay')).toMatchObject({
      ...{ parallel: 4, postCopy: false, timeoutS: 60, onTimeout: undefined },
      ...{ mode: 'ssh-relay', control: 'managed', allowPlaintext: false },
      ...{ migrateUri: undefined, tlsDestination: undefined, dconnuri: undefined },
    });
  });

  it('forgets the address between the daemons when they are not to meet', () => {
    const peer = { ...withControl(initialOptions, 'p2p'), dconnuri: 'qemu+tls://b/system' };
    expect(withControl(peer, 'auto').dconnuri).toBe('qemu+tls://b/system');
    expect(withControl(peer, 'managed')).toMatchObject({ control: 'managed', dconnuri: undefined });
  });
});

describe('wholeNumber', () => {
  const limits = { min: 1, max: 1000 };
  it.each([
    ['', { ok: true, value: undefined }],
    ['  ', { ok: true, value: undefined }],
    ['250', { ok: true, value: 250 }],
    ['0', { ok: false }],
    ['1001', { ok: false }],
    ['-5', { ok: false }],
    ['1.5', { ok: false }],
    ['1e3', { ok: false }],
    ['ten', { ok: false }],
  ])('reads %j', (text, read) => {
    expect(wholeNumber(text, limits)).toEqual(read);
  });
});
