import { BadInputError } from '../../common/errors.ts';
import type { SetupHost } from '../../setup/setup-host.ts';
import { openAll } from '../deploy.ts';
import type { Report } from '../pki-finding.ts';
import type { DeployOptions, PkiHost } from '../pki-host.ts';
import { withClientFault } from './client-fault.ts';
import { handshakeFinding } from './handshake-words.ts';
import { tryControl, tryData } from './handshakes.ts';

/**
 * Lets every host shake hands with every other, for control and for guests' data, as libvirt and QEMU do it.
 *
 * @throws BadInputError `validate-one-host`; as `openPkiHost`.
 */
export async function validate(
  hosts: readonly SetupHost[],
  report: Report,
  options: DeployOptions,
): Promise<void> {
  if (hosts.length < 2) {
    throw new BadInputError('validate-one-host', 'Handshakes take two hosts.', {
      side: 'client',
      remedy: 'Name two hosts or more.',
    });
  }
  const opened = await openAll(hosts, options);
  for (const from of opened) {
    for (const to of opened) if (to !== from) await validatePair(from, to, report, options);
  }
}

/** One direction of one pair. */
export async function validatePair(
  from: PkiHost,
  to: PkiHost,
  report: Report,
  { tell, signal }: Pick<DeployOptions, 'tell' | 'signal'>,
): Promise<void> {
  const pair = { from: from.name, to: to.name };
  tell?.(`Shaking hands from ${from.name} to ${to.name} ...`);
  const { port, listening } = to.facts.tls;
  const control = await withClientFault(await tryControl(from, to, signal), from, to);
  report(handshakeFinding({ ...pair, stream: 'control', port, listens: listening }, control));
  const data = await tryData(from, to, signal);
  report(handshakeFinding({ ...pair, stream: 'data', port: undefined, listens: true }, data));
}
