/**
 * Where a client that reconnects stands. Times are wall clock, milliseconds since 1970.
 *
 * ```
 * idle -> connecting -> connected -> reconnecting -> connected ...
 *                  \-> reconnecting    \-> lost: a person has to do something
 * ```
 */
export type LinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly sinceMs: number }
  | {
      readonly kind: 'reconnecting';
      /** Since when there has been no connection. */
      readonly sinceMs: number;
      /** What ended the connection or the last attempt. */
      readonly error: unknown;
      readonly nextTryMs: number;
    }
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly error: unknown };
