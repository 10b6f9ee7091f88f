import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';

/*
 * One end of a relay that is measured, as a process of its own: `sink PATH BYTES` listens, reads that many bytes and
 * answers; `source PATH BYTES` connects, writes them, and prints the milliseconds until the answer.
 */

const [what, path = '', count] = process.argv.slice(2);
const total = Number(count);
const blockBytes = 1024 * 1024;

function sink(): void {
  const server = createServer((socket) => {
    let read = 0;
    socket.on('data', (chunk) => {
      read += chunk.length;
      if (read >= total) socket.end('all');
    });
    socket.on('error', () => undefined);
  });
  server.listen(path, () => process.stdout.write('ready\n'));
}

function source(): void {
  // What nothing could compress on the way.
  const block = randomBytes(blockBytes);
  const socket = connect(path);
  const begin = performance.now();
  let sent = 0;
  const send = (): void => {
    while (sent < total) {
      sent += block.length;
      if (!socket.write(block)) {
        socket.once('drain', send);
        return;
      }
    }
  };
  socket.on('connect', send);
  socket.on('data', () => {
    process.stdout.write(`${performance.now() - begin}\n`);
    process.exit(0);
  });
  socket.on('close', () => process.exit(1));
  socket.on('error', (error) => process.stderr.write(`${error.message}\n`));
}

if (what === 'sink') sink();
else source();
