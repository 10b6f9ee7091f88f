import { spawn } from 'node:child_process';
import { ViaductError } from '../../common/errors.ts';
import type { ExecResult, HostShell } from '../host-access.ts';

const defaultDeadlineMs = 60_000;
const defaultMaxOutputBytes = 16 * 1024 * 1024;
const keptErrorBytes = 16 * 1024;

/** Programs of this machine. */
export const localShell: HostShell = {
  exec: ([command = '', ...args], options = {}) =>
    new Promise<ExecResult>((resolve, reject) => {
      const { deadlineMs = defaultDeadlineMs, maxOutputBytes = defaultMaxOutputBytes } = options;
      const stdout: Buffer[] = [];
      let size = 0;
      let stderr = '';
      const child = spawn(command, args, {
        stdio: ['pipe', 'pipe', 'pipe'],
        signal: AbortSignal.any([
          AbortSignal.timeout(deadlineMs),
          ...(options.signal ? [options.signal] : []),
        ]),
      });
      const fail = (message: string, cause?: unknown) => {
        child.kill();
        reject(new ViaductError('command-failed', message, { cause }));
      };
      child.on('error', (error) => {
        if ('code' in error && error.code === 'ENOENT')
          resolve({ code: 127, stdout: Buffer.alloc(0), stderr });
        else fail(`${command} could not be run here: ${error.message}.`, error);
      });
      child.stdout.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxOutputBytes) fail(`${command} printed more than ${maxOutputBytes} bytes.`);
        else stdout.push(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => {
        stderr = (stderr + chunk.toString('utf8')).slice(-keptErrorBytes);
      });
      // A program may end without reading its input; its exit code tells what happened.
      child.stdin.on('error', () => undefined);
      child.on('close', (code, signal) => {
        if (code === null) fail(`${command} was ended by ${signal ?? 'a signal'}.`);
        else resolve({ code, stdout: Buffer.concat(stdout), stderr });
      });
      child.stdin.end(options.stdin);
    }),
};
