import { socketPath } from '../electron/ipc/browser-wire.ts';
import type { Channel } from '../electron/ipc/channel.ts';
import { WebSocketChannel, type Credential } from './bridge/websocket-channel.ts';

export { call, RemoteError } from '../electron/ipc/client.ts';
export type { Channel } from '../electron/ipc/channel.ts';

declare global {
  interface Window {
    /** Put there by the desktop shell's preload; absent in a browser. */
    viaduct?: Channel;
  }
}

const sessionKey = 'viaduct.session';

/** Takes the one-time token out of the address bar, so that it stays in no history and no screenshot. */
function takeToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}

function credential(): Credential | undefined {
  const token = takeToken();
  if (token !== undefined) return { kind: 'token', value: token };
  const session = sessionStorage.getItem(sessionKey);
  return session === null ? undefined : { kind: 'session', value: session };
}

/**
 * The one door to the other process.
 *
 * @param onRefused called when the browser shell no longer takes this page's credential
 * @returns `undefined` in a browser that was opened without the address that `viaduct serve` printed.
 */
export function openChannel(onRefused: () => void): Channel | undefined {
  if (window.viaduct) return window.viaduct;
  const shown = credential();
  if (!shown) return undefined;
  return new WebSocketChannel({
    url: `ws://${location.host}${socketPath}`,
    credential: shown,
    keepSession: (secret) => sessionStorage.setItem(sessionKey, secret),
    onRefused: () => {
      sessionStorage.removeItem(sessionKey);
      onRefused();
    },
  });
}
