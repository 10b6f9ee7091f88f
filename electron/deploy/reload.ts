import type { ExecResult } from '../common/host/host-shell.ts';
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
export async function reloadDaemon({ name, facts, root }: PkiHost): Promise<Reload> {
  const { layout, tls, guests } = facts;
  if (layout === undefined) return 'not-listening';
  if (!tls.listening) {
    if (!tls.enabledAtBoot || layout.tlsSocket === undefined) return 'not-listening';
    // A daemon that did not start for want of good certificates has taken its sockets with it.
    await root.operate('run', ['systemctl', 'reset-failed', layout.service, layout.tlsSocket], limits);
    return restarted(
      name,
      layout.service,
      await root.operate('listener_on', [layout.service, layout.tlsSocket], limits),
    );
  }
  const server = layout.service.replace(/\.service$/, '');
  const admin = ['virt-admin', '-c', `${server}:///system`, 'server-update-tls', server];
  const updated = await root.operate('run', ['env', 'LC_ALL=C', ...admin], limits);
  if (updated.code === 0) return 'read-again';
  if (updated.code !== 127 && !cannotBeAsked.test(updated.stderr)) {
    throw new DeployError(
      'deploy-reload-refused',
      `The daemon of ${name} refuses the certificates: ${said(updated.stderr)}`,
      { remedy: `See "journalctl -u ${layout.service}" on ${name}.` },
    );
  }
  if (guests.busy.length > 0) {
    throw new DeployError(
      'deploy-reload-busy',
      `The daemon of ${name} has to be restarted, which would end what ${guests.busy.join(', ')} is doing.`,
      { remedy: 'Wait until that job is done, and start again.' },
    );
  }
  await root.operate('run', ['systemctl', 'reset-failed', layout.service], limits);
  return restarted(
    name,
    layout.service,
    await root.operate('run', ['systemctl', 'restart', layout.service], limits),
  );
}

function restarted(name: string, service: string, { code, stderr }: ExecResult): Reload {
  if (code === 0) return 'restarted';
  throw new DeployError('deploy-reload-refused', `The daemon of ${name} did not start: ${said(stderr)}`, {
    remedy: `See "journalctl -u ${service}" on ${name}.`,
  });
}

/** What virt-admin says when it is too old, or finds no daemon, or one that was started without TLS. */
const cannotBeAsked = /unknown command|failed to connect|no tls service|not supported|not found/i;

function said(stderr: string): string {
  return printable(stderr, 400).trim().split('\n').at(-1) ?? '';
}
