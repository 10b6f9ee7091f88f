import { HostSetup } from '../../../setup/host-setup.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import { exitCodes } from '../../exit-codes.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { inspectionText } from './inspection-text.ts';
import type { HostRequest } from './request.ts';

/** Shows what there is on a host; touches nothing. */
export async function runHostInspect(
  host: SetupHost,
  { home, json, signal, prompts }: HostRequest,
): Promise<number> {
  const { facts } = await new HostSetup(home, host).inspect({ prompts, signal });
  if (json) writeJsonLine('inspection', facts);
  else process.stdout.write(`${inspectionText(facts)}\n`);
  return exitCodes.done;
}
