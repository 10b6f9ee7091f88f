type Handler = (request: Request) => Promise<Response> | Response;

/**
 * Electron's `protocol`. Chromium's DevTools cannot answer for a scheme of the app's own, so each one is mapped to a
 * reserved https origin and back; the app's handler and its page's policy see the difference nowhere.
 */
export class StandinProtocol {
  private readonly handlers = new Map<string, Handler>();

  registerSchemesAsPrivileged(schemes: { scheme: string; privileges: { standard?: boolean } }[]): void {
    for (const { scheme, privileges } of schemes) {
      if (privileges.standard !== true)
        throw new Error(`The Electron stand-in needs ${scheme}: to be standard.`);
    }
  }

  handle(scheme: string, handler: Handler): void {
    this.handlers.set(scheme, handler);
  }

  isProtocolHandled(scheme: string): boolean {
    return this.handlers.has(scheme);
  }

  answer(url: string, method: string): Promise<Response> | Response {
    const handler = this.handlers.get(new URL(url).protocol.slice(0, -1));
    return handler?.(new Request(url, { method })) ?? new Response('', { status: 404 });
  }
}

const reservedSuffix = '-scheme.standin.invalid';

/** `app://viaduct/x` as the browser sees it: `https://viaduct.app-scheme.standin.invalid/x`. */
export function toBrowserUrl(url: string): string {
  const { protocol, host, pathname, search, hash } = new URL(url);
  if (/^(https?|data|about|blob):$/.test(protocol)) return url;
  return `https://${host}.${protocol.slice(0, -1)}${reservedSuffix}${pathname}${search}${hash}`;
}

/** The inverse of {@link toBrowserUrl}; any other address is left as it is. */
export function toAppUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const { hostname, pathname, search, hash } = new URL(url);
  if (!hostname.endsWith(reservedSuffix)) return url;
  const [, host, scheme] = /^(.*)\.([^.]+)$/.exec(hostname.slice(0, -reservedSuffix.length)) ?? [];
  return `${scheme ?? ''}://${host ?? ''}${pathname}${search}${hash}`;
}
