import { describe, expect, it } from 'vitest';
import { defaultPlanOptions } from '../../../../../electron/engine/plan.ts';
import { controlKeyCheck } from '../../../../../electron/engine/preflight/checks/control-key.ts';
import { given, verdict } from '../fake-context.ts';
import { ownerAndMode } from '../tls-pair.ts';

const check = controlKeyCheck('destination');
const path = '/etc/pki/libvirt/private/serverkey.pem';

function judge(keyMode: number | undefined, directoryMode: number): Promise<string[]> {
  const stat = keyMode === undefined ? undefined : ownerAndMode(path, keyMode);
  const directories = [ownerAndMode('/etc/pki/libvirt/private', directoryMode, 'directory')];
  return verdict(check, { destination: { libvirtKey: given({ path, stat, directories }) } });
}

describe("the key of libvirt's daemon", () => {
  it.each<[string, number | undefined, number, string]>([
    ["is root's alone", 0o600, 0o755, 'ok'],
    ['is open to everybody', 0o644, 0o755, 'warning'],
    ['would be open, in a folder that is not', 0o644, 0o700, 'ok'],
    ['is not there, which is found by whoever uses it', undefined, 0o755, 'ok'],
  ])('%s', async (_words, keyMode, directoryMode, level) => {
    expect(await judge(keyMode, directoryMode)).toEqual([`${level} control.destination.key`]);
  });

  it('matters only where a daemon may log in at the other', () => {
    expect(check.applies?.({ ...defaultPlanOptions, control: 'managed' })).toBe(false);
    expect(check.applies?.({ ...defaultPlanOptions, control: 'p2p' })).toBe(true);
  });
});
