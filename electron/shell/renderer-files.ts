import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface RendererFile {
  contentType: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const contentTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/vnd.microsoft.icon'],
  ['.woff2', 'font/woff2'],
]);

/** The names that the build gives its files. No dot at the front, so neither `..` nor a hidden file can pass. */
const segment = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/**
 * Reads one file of the built screen. `pathname` comes from the page, still percent-encoded as in the URL, and is
 * hostile: only plain names of known types below `rendererDir` are ever opened.
 *
 * @returns `undefined` where there is no such file, for whatever reason.
 */
export async function readRendererFile(
  rendererDir: string,
  pathname: string,
): Promise<RendererFile | undefined> {
  const segments = (pathname === '/' ? '/index.html' : pathname).split('/').slice(1);
  const contentType = contentTypes.get(extname(segments.at(-1) ?? ''));
  if (contentType === undefined || !segments.every((name) => segment.test(name))) return undefined;
  try {
    return { contentType, bytes: await readFile(join(rendererDir, ...segments)) };
  } catch {
    return undefined;
  }
}
