import { connect } from 'node:net';

const TIMEOUT_MS = 2000;
const MAX_ANSWER_BYTES = 256 * 1024;
/** SSH_AGENTC_REQUEST_IDENTITIES and SSH_AGENT_IDENTITIES_ANSWER of draft-miller-ssh-agent. */
const REQUEST = Buffer.from([0, 0, 0, 1, 11]);
const ANSWER = 12;

/**
 * The types of the keys that an ssh-agent holds, those included that ssh2 passes over without a word: certificates and
 * keys on security keys. Empty when the agent does not answer.
 */
export async function agentKeyTypes(socketPath: string): Promise<string[]> {
  const socket = connect({ path: socketPath });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  try {
    socket.write(REQUEST);
    let answer = Buffer.alloc(0);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk as Buffer]);
      if (answer.length > MAX_ANSWER_BYTES) return [];
      if (answer.length >= 4 && answer.length >= 4 + answer.readUInt32BE()) return typesIn(answer);
    }
    return [];
  } catch {
    return [];
  } finally {
    socket.destroy();
  }
}

/** @throws {RangeError} for an answer that ends too early */
function typesIn(answer: Buffer): string[] {
  if (answer[4] !== ANSWER) return [];
  const types: string[] = [];
  let offset = 9;
  const next = (): Buffer => {
    const start = offset + 4;
    offset = start + answer.readUInt32BE(offset);
    return answer.subarray(start, offset);
  };
  for (let left = answer.readUInt32BE(5); left > 0; left--) {
    const blob = next();
    types.push(blob.toString('latin1', 4, 4 + Math.min(blob.readUInt32BE(), 64)));
    next();
  }
  return types;
}
