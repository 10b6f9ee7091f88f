import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  boolean,
  double,
  int,
  llong,
  params,
  str,
  toParameterMap,
  typedParameter,
  uint,
  ullong,
  type TypedParameter,
  type TypedValue,
} from '../../../../electron/libvirt/protocol/typed-parameters.ts';
import { decodeXdr, encodeXdr } from '../../../../electron/libvirt/xdr/codec.ts';
import { XdrError } from '../../../../electron/libvirt/xdr/xdr-error.ts';
import { hex } from '../hex.ts';

const value: fc.Arbitrary<TypedValue> = fc.oneof(
  fc.integer().map(int),
  fc.nat().map(uint),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(llong),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(ullong),
  fc.double().map(double),
  fc.boolean().map(boolean),
  fc.stringMatching(/^[a-zé]*$/).map(str),
);

describe('typed parameters', () => {
  it('come back as they went, 64-bit values exact', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z._]{1,79}$/), value, (field, given) => {
        const parameter: TypedParameter = { field, ...given };
        expect(decodeXdr(typedParameter, encodeXdr(typedParameter, parameter))).toEqual(parameter);
      }),
    );
  });

  it.each([
    ['int', int(-1), '00000001 78000000 00000001 ffffffff'],
    ['uint', uint(2), '00000001 78000000 00000002 00000002'],
    ['llong', llong(-1n), '00000001 78000000 00000003 ffffffffffffffff'],
    ['ullong', ullong(2n ** 53n + 1n), '00000001 78000000 00000004 0020000000000001'],
    ['double', double(1), '00000001 78000000 00000005 3ff0000000000000'],
    ['boolean', boolean(true), '00000001 78000000 00000006 00000001'],
    ['string', str('ab'), '00000001 78000000 00000007 00000002 61620000'],
  ])('%s has its exact bytes', (_type, given, expected) => {
    expect(Buffer.from(encodeXdr(typedParameter, { field: 'x', ...given }))).toEqual(
      Buffer.from(hex(expected)),
    );
  });

  it('refuses an unknown type and an overlong field', () => {
    expect(() => decodeXdr(typedParameter, hex('00000001 78000000 00000008 00000000'))).toThrow(XdrError);
    expect(() => encodeXdr(typedParameter, { field: 'x'.repeat(80), ...int(1) })).toThrow(XdrError);
  });

  it('are listed from an object: arrays repeat, undefined is left out', () => {
    const list = params({
      migrate_uri: str('tcp://b'),
      bandwidth: undefined,
      migrate_disks: [str('vda'), str('vdb')],
    });
    expect(list).toEqual([
      { field: 'migrate_uri', type: 'string', value: 'tcp://b' },
      { field: 'migrate_disks', type: 'string', value: 'vda' },
      { field: 'migrate_disks', type: 'string', value: 'vdb' },
    ]);
    expect(toParameterMap(list).get('migrate_disks')).toBe('vdb');
  });
});
