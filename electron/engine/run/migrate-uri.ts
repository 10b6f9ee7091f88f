import { ViaductError } from '../../common/errors.ts';
import { formatMigrateUri, parseMigrateUri } from '../preflight/facts/data-address.ts';

/** The data address that a destination returned is not the one that was agreed on; nothing was sent to it. */
export class MigrateUriError extends ViaductError {
  constructor(message: string) {
    super('engine.migrate-uri', message, {
      side: 'destination',
      remedy:
        'Name the data address with a migrate URI, and check migration_host and the port range in the destination’s qemu.conf.',
    });
  }
}

/** Ports below are for system services; a destination that names one is misled or lying. */
const lowestPort = 1024;
const maxLength = 1024;

/**
 * The address for Perform: what the destination returned from Prepare, or the planned one when it returned none.
 *
 * The answer is input from a host: scheme and host must be the planned ones, since the guest's memory goes there.
 * The destination writes `tcp:host:port` or `tcp://host:port`, IPv6 in brackets.
 *
 * @throws MigrateUriError
 */
export function checkedMigrateUri(planned: string, returned: string | undefined): string {
  const expected = parse(planned);
  if (expected === undefined) throw new MigrateUriError(`"${shown(planned)}" is not a tcp data address.`);
  if (returned === undefined) {
    if (expected.port === undefined) throw new MigrateUriError('The destination named no port for the data.');
    return planned;
  }
  const given = parse(returned);
  if (given === undefined) {
    throw new MigrateUriError(
      `The destination answered with "${shown(returned)}", which is not a tcp address.`,
    );
  }
  if (given.host.toLowerCase() !== expected.host.toLowerCase()) {
    throw new MigrateUriError(
      `The destination wants the data at host "${shown(given.host)}", but "${shown(expected.host)}" was agreed on.`,
    );
  }
  if (given.port === undefined) throw new MigrateUriError('The destination named no port for the data.');
  if (given.port < lowestPort && given.port !== expected.port) {
    throw new MigrateUriError(`The destination wants the data at port ${given.port}, a system service's.`);
  }
  if (expected.port !== undefined && given.port !== expected.port) {
    throw new MigrateUriError(
      `The destination wants the data at port ${given.port}, but ${expected.port} was agreed on.`,
    );
  }
  return `${formatMigrateUri(expected.host)}:${given.port}`;
}

function parse(uri: string): { host: string; port: number | undefined } | undefined {
  if (uri.length > maxLength) return undefined;
  try {
    return parseMigrateUri(uri);
  } catch {
    return undefined;
  }
}

/** Text from a host, fit to be shown. */
function shown(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
