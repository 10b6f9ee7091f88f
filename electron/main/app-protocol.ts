import { protocol } from 'electron';
import { readRendererFile } from '../shell/renderer-files.ts';
import { securityHeaders } from '../shell/security-headers.ts';
import { appHost, appScheme } from './app-origin.ts';

/**
 * Makes `app:` a scheme with an origin of its own, so that the page's policy can say `'self'`. Electron wants this
 * before its ready event.
 */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Answers `app://viaduct/...` with the files of the built screen, and nothing else. */
export function serveAppScheme(rendererDir: string): void {
  protocol.handle(appScheme, async (request) => {
    const { host, pathname } = new URL(request.url);
    const file = host === appHost ? await readRendererFile(rendererDir, pathname) : undefined;
    return file === undefined
      ? new Response('There is no such file.\n', { status: 404, headers: securityHeaders })
      : new Response(file.bytes, { headers: { ...securityHeaders, 'Content-Type': file.contentType } });
  });
}
