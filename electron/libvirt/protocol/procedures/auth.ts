import { charArray, string } from '../../xdr/bytes.ts';
import { array, struct } from '../../xdr/composites.ts';
import { bool, i32 } from '../../xdr/scalars.ts';
import { nothing, remoteProcedure } from '../procedure.ts';

export const authProcedures = {
  authList: remoteProcedure({
    number: 66,
    name: 'AUTH_LIST',
    priority: 'high',
    args: nothing,
    ret: struct({ types: array(i32, 20) }),
  }),
  authSaslInit: remoteProcedure({
    number: 67,
    name: 'AUTH_SASL_INIT',
    priority: 'high',
    args: nothing,
    ret: struct({ mechlist: string() }),
  }),
  authSaslStart: remoteProcedure({
    number: 68,
    name: 'AUTH_SASL_START',
    priority: 'high',
    args: struct({ mech: string(), nil: bool, data: charArray(65_536) }),
    ret: struct({ complete: bool, nil: bool, data: charArray(65_536) }),
  }),
  authSaslStep: remoteProcedure({
    number: 69,
    name: 'AUTH_SASL_STEP',
    priority: 'high',
    args: struct({ nil: bool, data: charArray(65_536) }),
    ret: struct({ complete: bool, nil: bool, data: charArray(65_536) }),
  }),
  authPolkit: remoteProcedure({
    number: 70,
    name: 'AUTH_POLKIT',
    priority: 'high',
    args: nothing,
    ret: struct({ complete: bool }),
  }),
};
