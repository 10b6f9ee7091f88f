import { execFile } from 'node:child_process';
import type { HostShell } from '../../../../electron/hosts/host-access.ts';

/** This machine as a host; `without` names tools that it is to lack. */
export function localShell(without: readonly string[] = []): HostShell {
  return {
    exec: (argv, options = {}) =>
      new Promise((resolve, reject) => {
        // Every command comes as `env LC_ALL=C TOOL …`.
        const [file = '', , tool = ''] = argv;
        if (without.includes(tool)) {
          resolve({ code: 127, stdout: new Uint8Array(), stderr: 'not found' });
          return;
        }
        const limits = {
          encoding: 'buffer' as const,
          ...(options.signal && { signal: options.signal }),
          ...(options.deadlineMs !== undefined && { timeout: options.deadlineMs }),
          ...(options.maxOutputBytes !== undefined && { maxBuffer: options.maxOutputBytes }),
        };
        execFile(file, argv.slice(1), limits, (error, stdout, stderr) => {
          const code = error === null ? 0 : error.code;
          if (typeof code === 'number') resolve({ code, stdout, stderr: stderr.toString() });
          else reject(error ?? new Error('no exit code'));
        });
      }),
  };
}
