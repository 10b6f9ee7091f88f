import { describe, expect, it } from 'vitest';
import { BadInputError } from '../../../electron/common/errors.ts';
import { requireQemu } from '../../../electron/hosts/require-qemu.ts';

describe('what only QEMU can do', () => {
  it.each(['qemu', 'remote'])('is let through for the driver %s', (driver) => {
    expect(() => requireQemu({ driver })).not.toThrow();
  });

  it.each(['xen', 'test', 'lxc'])('is refused for the driver %s, which is named', (driver) => {
    expect(() => requireQemu({ driver })).toThrow(BadInputError);
    expect(() => requireQemu({ driver })).toThrow(`driver ${driver} is not supported`);
  });
});
