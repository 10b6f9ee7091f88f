import { open } from 'node:fs/promises';
import { BadInputError, messageOf } from '../../../common/errors.ts';

/**
 * The text of a file that the admin named; a pipe will do.
 *
 * @param what names the file in the sentence of an error, as "certificate".
 * @throws BadInputError `input-file-unreadable` also where it is longer than `maxBytes`, before it is read as a whole.
 */
export async function readInputFile(path: string, what: string, maxBytes: number): Promise<string> {
  try {
    const { bytes } = await readStart(path, maxBytes);
    if (bytes.length <= maxBytes) return bytes.toString('utf8');
    throw new Error(`it is larger than ${maxBytes} bytes`);
  } catch (cause) {
    throw new BadInputError(
      'input-file-unreadable',
      `The ${what} file ${path} cannot be used: ${inWords(cause)}.`,
      { cause, side: 'client', remedy: `Name the file that holds the ${what}.` },
    );
  }
}

/** A file as far as `maxBytes` and something beyond, so that one which is too long is noticed. */
export async function readStart(path: string, maxBytes: number): Promise<{ bytes: Buffer; mode: number }> {
  await using file = await open(path, 'r');
  const info = await file.stat();
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, null);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return { bytes: Buffer.concat(chunks), mode: info.isFile() ? info.mode : 0 };
}

/** Why a file or folder could not be used. */
export function inWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'this user may not read it';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'it is no folder';
    default:
      return messageOf(error);
  }
}
