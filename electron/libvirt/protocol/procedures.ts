import { authProcedures } from './procedures/auth.ts';
import { connectProcedures } from './procedures/connect.ts';
import { domainControlProcedures } from './procedures/domain-control.ts';
import { domainProcedures } from './procedures/domain.ts';
import { eventsProcedures } from './procedures/events.ts';
import { migrationProcedures } from './procedures/migration.ts';
import { networkProcedures } from './procedures/network.ts';
import { storageProcedures } from './procedures/storage.ts';

/**
 * Every procedure of libvirt's `remote` program that this client knows, typed.
 *
 * Numbers and layouts follow `src/remote/remote_protocol.x` of libvirt 9.0.0; member order is wire order.
 */
export const procedures = {
  ...connectProcedures,
  ...authProcedures,
  ...domainProcedures,
  ...domainControlProcedures,
  ...migrationProcedures,
  ...storageProcedures,
  ...networkProcedures,
  ...eventsProcedures,
};
