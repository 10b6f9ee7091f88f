import { describe, expect, it, vi } from 'vitest';
import { reportFailure } from '../../../electron/cli/commands/pki/deploy-report.ts';
import { exitCodes } from '../../../electron/cli/exit-codes.ts';
import { HostChangeError } from '../../../electron/common/host/host-errors.ts';
import { DeployError } from '../../../electron/deploy/deploy-error.ts';
import { SshError } from '../../../electron/ssh/errors.ts';

describe('what a failure of the certificates ends with', () => {
  const details = { remedy: 'Mend it.' };
  const lost = new SshError('ssh-link-lost', 'The SSH connection to alpha.lab was lost.', details);
  const cases: [string, unknown, number][] = [
    ['a link that broke on the way', lost, exitCodes.needsPerson],
    ['a host that was not reached', new SshError('ssh-unreachable', 'No.', details), exitCodes.badInput],
    ['a host that could not do it', new HostChangeError('host-command-failed', 'No.'), exitCodes.failed],
    ['a daemon that refuses', new DeployError('deploy-reload-refused', 'No.'), exitCodes.failed],
    ['nothing to undo', new DeployError('deploy-nothing-to-undo', 'No.'), exitCodes.badInput],
    ['a fault of ours', new TypeError('No.'), exitCodes.internal],
  ];

  it.each(cases)('%s', (_what, error, code) => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(reportFailure(error, undefined)).toBe(code);
      const words = said.mock.calls.map(([text]) => String(text)).join('');
      expect(words.includes('Run the same command again')).toBe(error === lost);
    } finally {
      said.mockRestore();
    }
  });
});
