import { parse, stringify } from 'devalue';
import { z } from 'zod';
import type { ServerFrame } from '../ipc/browser-wire.ts';

/** What any frame from the page must look like; the backend checks command and request against the contract. */
const callFrame = z.strictObject({
  id: z.int().min(0),
  command: z.string().max(100),
  request: z.unknown(),
});

export type IncomingCall = z.output<typeof callFrame>;

/** @returns `undefined` for anything that is not a call frame. Never throws. */
export function readCallFrame(text: string): IncomingCall | undefined {
  try {
    return callFrame.safeParse(parse(text)).data;
  } catch {
    return undefined;
  }
}

export function writeFrame(frame: ServerFrame): string {
  return stringify(frame);
}
