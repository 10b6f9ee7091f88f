import { HostSetup } from '../../../setup/host-setup.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { printable } from '../../output/printable.ts';
import { isAgreed } from '../is-agreed.ts';
import { progressReporter, report, reportError } from './outcome.ts';
import type { ChangeRequest } from './request.ts';

/** Puts a host back to what it was before its newest setup. */
export async function runHostUndo(host: SetupHost, request: ChangeRequest): Promise<number> {
  try {
    return await undo(host, request);
  } catch (error) {
    return reportError(request.json, [host.name], error);
  }
}

async function undo(host: SetupHost, request: ChangeRequest): Promise<number> {
  const { home, json, prompts, signal } = request;
  const setup = new HostSetup(home, host);
  const found = await setup.undoable();
  if (found !== undefined) {
    if (json) writeJsonLine('setup', { host: host.name, ...found });
    else {
      const titles = found.changes.map((title) => `  ${title}\n`).join('');
      process.stdout.write(`${printable(`${host.name}, set up ${found.at}:`)}\n${titles}`);
    }
    if (!(await isAgreed(`Take this back on ${host.name}?`, request))) {
      return report(json, 'refused', [host.name], 'Nothing was touched.');
    }
  }
  await setup.undo({ prompts, signal, progress: progressReporter(host.name, json) });
  const earlier = await setup.undoable();
  const rest = earlier
    ? ` An earlier setup, of ${earlier.at}, is still there; undo again to take it back.`
    : '';
  return report(json, 'undone', [host.name], `${host.name} is as it was before.${rest}`);
}
