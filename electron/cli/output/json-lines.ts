/**
 * Writes one JSON object a line, `type` first, which is the stable interface for scripts.
 *
 * The write is synchronous where standard output is a file or a pipe on POSIX, so the last line is out before the
 * process ends. 64-bit integers, which JSON numbers cannot hold, are not part of the interface.
 */
export function writeJsonLine(type: string, fields: object): void {
  process.stdout.write(`${JSON.stringify({ type, ...fields })}\n`);
}
