import type { IncomingMessage, ServerResponse } from 'node:http';
import { readRendererFile } from '../shell/renderer-files.ts';
import { securityHeaders } from '../shell/security-headers.ts';

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${sentence}\n`);
}

/**
 * Answers a plain HTTP request with a file of the built screen.
 *
 * @param host the only `Host` that is answered; any other is a foreign name that was pointed at this machine
 * (DNS rebinding) and gets 421, as RFC 9110, section 15.5.20 has it.
 */
export async function answerHttp(
  request: IncomingMessage,
  response: ServerResponse,
  host: string,
  rendererDir: string,
): Promise<void> {
  if (request.headers.host !== host) {
    refuse(response, 421, 'This server does not answer for that host name.');
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(response, 405, 'Only GET and HEAD are answered.');
  } else {
    const pathname = (request.url ?? '').split('?', 1)[0] ?? '';
    const file = await readRendererFile(rendererDir, pathname);
    if (file === undefined) {
      refuse(response, 404, 'There is no such file.');
      return;
    }
    response.writeHead(200, {
      ...securityHeaders,
      'Content-Type': file.contentType,
      'Content-Length': file.bytes.byteLength,
    });
    response.end(request.method === 'HEAD' ? undefined : file.bytes);
  }
}
