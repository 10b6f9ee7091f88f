import { BadInputError } from '../../../common/errors.ts';
import { Password } from '../../../common/password.ts';
import { inWords, readStart } from '../pki/input-file.ts';
import type { PrepareRequest } from './request.ts';

/** As given on the command line. */
export interface MigrationLoginFlags {
  migrationUser?: string | undefined;
  migrationPasswordFile?: string | undefined;
  migrationPeer: readonly string[];
}

const maxPasswordBytes = 1024;

/**
 * As whom daemons are to log in at others, with the password from its file; a pipe will do.
 *
 * @param hosts how many are to be prepared; each is a destination of the others
 * @param warn is told when others on this machine can read the file
 * @throws BadInputError `migration-login` for what does not go together or libvirt could not read, `password-file-unreadable`
 */
export async function readMigrationLogin(
  { migrationUser: user, migrationPasswordFile: path, migrationPeer: peers }: MigrationLoginFlags,
  hosts: number,
  warn: (sentence: string) => void,
): Promise<PrepareRequest['migrationLogin']> {
  if (user === undefined && path === undefined && peers.length === 0) return undefined;
  if (user === undefined || path === undefined) {
    throw invalid(
      'A login for migrations is a name and a password.',
      'Give both --migration-user and --migration-password-file.',
    );
  }
  if (hosts < 2 && peers.length === 0) {
    throw invalid(
      'It is not said where the host is to log in.',
      'Name the other hosts as well, or a destination with --migration-peer.',
    );
  }
  return { user, peers, password: await readPassword(path, warn) };
}

async function readPassword(path: string, warn: (sentence: string) => void): Promise<Password> {
  const { bytes, mode } = await readStart(path, maxPasswordBytes).catch((cause: unknown) => {
    throw unreadable(path, inWords(cause), cause);
  });
  if (bytes.length > maxPasswordBytes) throw unreadable(path, 'it is too large to be a password');
  if ((mode & 0o077) !== 0) {
    warn(`Other users of this machine can read the password in ${path}; "chmod 600" on it prevents that.`);
  }
  const text = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (text === '') throw unreadable(path, 'it is empty');
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) || text.includes('\\')) {
    throw unreadable(
      path,
      'libvirt reads a password from a line of letters, digits and signs of ASCII, without a backslash or a blank at either end',
    );
  }
  return new Password(text);
}

function unreadable(path: string, reason: string, cause?: unknown): BadInputError {
  return new BadInputError(
    'password-file-unreadable',
    `The password file ${path} cannot be used: ${reason}.`,
    { cause, side: 'client', remedy: 'Name a file that holds the password and nothing else.' },
  );
}

function invalid(message: string, remedy: string): BadInputError {
  return new BadInputError('migration-login', message, { side: 'client', remedy });
}
