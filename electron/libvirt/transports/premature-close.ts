/** Whether Node says that a stream which is being read was closed before its end, by us or by its peer. */
export function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
