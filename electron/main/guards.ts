import type { Session, WebContents } from 'electron';
import { isOwnUrl } from './app-origin.ts';

/** Copying a result as text is all that the screen asks the system for. */
const allowedPermission = 'clipboard-sanitized-write';

/** Keeps a window on the screen's own pages: no other address, no second window, no embedded content. */
export function guardNavigation(contents: WebContents, screenUrl: string): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-frame-navigate', (event) => {
    if (!isOwnUrl(event.url, screenUrl)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    if (!isOwnUrl(event.url, screenUrl)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** Denies camera, location, notifications and all else that a page can ask for. */
export function denyPermissions(session: Session, screenUrl: string): void {
  session.setPermissionRequestHandler((contents, permission, answer) => {
    answer(permission === allowedPermission && isOwnUrl(contents.getURL(), screenUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => {
    return permission === allowedPermission && isOwnUrl(origin, screenUrl);
  });
  session.setDevicePermissionHandler(() => false);
}
