import type { HostName, Lab } from '../lab.ts';

/**
 * Makes a host's sshd read its configuration anew; sessions go on. On return it listens: a reload would tell nobody when
 * it does again.
 */
export async function restartSshd(lab: Lab, host: HostName): Promise<void> {
  // The next test must not find that this one restarted it too often.
  await lab.mustRun(host, ['systemctl', 'reset-failed', 'ssh.service']);
  await lab.mustRun(host, ['systemctl', 'restart', 'ssh.service']);
}
