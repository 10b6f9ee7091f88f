import { printable } from '../common/printable.ts';
import { DeployError } from './deploy-error.ts';
import type { PkiHost } from './pki-host.ts';

const limits = { deadlineMs: 120_000, maxOutputBytes: 64 * 1024 };

/** How a daemon came to read its certificates again. */
export type Reload = 'read-again' | 'restarted' | 'not-listening';

/**
 * Lets the daemon read its certificates again, for connections from now on; guests and connections go on.
 *
 * `virt-admin server-update-tls` (libvirt 6.2.0) checks them first and keeps the old ones if they are no good. Where
 * there is no such command, the service is restarted, which no guest notices but a running migration does.
 *
 * @throws {DeployError} `deploy-reload-refused`, `deploy-reload-busy`.
 */
export async function reloadDaemon(host: PkiHost): Promise<Reload> {
  const { layout, tls, guests } = host.facts;
  const socket = tls.enabledAtBoot ? layout?.tlsSocket : undefined;
  if (layout === undefined || (!tls.listening && socket === undefined)) return 'not-listening';
  if (tls.listening && (await isReadAgain(host, layout.service))) return 'read-again';
  if (guests.busy.length > 0) {
    throw new DeployError(
      'deploy-reload-busy',
      `The daemon of ${host.name} has to be restarted, which would end what ${guests.busy.join(', ')} is doing.`,
      { remedy: 'Wait until that job is done, and start again.' },
    );
  }
  // A daemon that did not start for want of certificates has used up its attempts, and taken its sockets with it.
  const units = socket === undefined ? [layout.service] : [layout.service, socket];
  await host.root.operate('run', ['systemctl', 'reset-failed', ...units], limits);
  const { code, stderr } =
    socket === undefined
      ? await host.root.operate('run', ['systemctl', 'restart', layout.service], limits)
      : await host.root.operate('listener_on', units, limits);
  if (code === 0) return 'restarted';
  throw refused(`The daemon of ${host.name} did not start: ${said(stderr)}`, host.name, layout.service);
}

/** `false`: it cannot be asked. @throws {DeployError} it was asked, and refuses the files. */
async function isReadAgain({ name, root }: PkiHost, service: string): Promise<boolean> {
  const server = service.replace(/\.service$/, '');
  const admin = ['virt-admin', '-c', `${server}:///system`, 'server-update-tls', server];
  const { code, stderr } = await root.operate('run', ['env', 'LC_ALL=C', ...admin], limits);
  if (code === 0) return true;
  if (code === 127 || cannotBeAsked.test(stderr)) return false;
  throw refused(`The daemon of ${name} refuses the certificates: ${said(stderr)}`, name, service);
}

function refused(message: string, name: string, service: string): DeployError {
  return new DeployError('deploy-reload-refused', message, {
    remedy: `See "journalctl -u ${service}" on ${name}.`,
  });
}

/** What virt-admin says when it is too old, or finds no daemon, or one that was started without TLS. */
const cannotBeAsked = /unknown command|failed to connect|no tls service|not supported|not found/i;

function said(stderr: string): string {
  return (printable(stderr, 400).trim().split('\n').at(-1) ?? '').replace(/\.?$/, '.');
}
