import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readRendererFile } from '../../../electron/shell/renderer-files.ts';
import { securityHeaders } from '../../../electron/shell/security-headers.ts';

const rendererDir = new URL('../../../.vite/renderer/main_window', import.meta.url).pathname;

/** Serves the built screen on loopback with the policy that both shells give it. */
export async function serveRenderer(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    void readRendererFile(rendererDir, request.url ?? '/').then((file) => {
      if (file === undefined) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { ...securityHeaders, 'Content-Type': file.contentType }).end(file.bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
