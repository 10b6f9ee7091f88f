import { undoSet } from '../../../deploy/undo-set.ts';
import { AuthorityStore } from '../../../pki/authority-store.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import type { DeployRequest } from './deploy.ts';
import { FindingReporter, reportFailure } from './deploy-report.ts';

/** Puts back what the newest certificates of a host replaced. */
export async function runPkiUndo(
  host: SetupHost,
  { home, json, prompts, signal }: Pick<DeployRequest, 'home' | 'json' | 'prompts' | 'signal'>,
): Promise<number> {
  const reporter = new FindingReporter(json);
  try {
    const options = { prompts, signal, tell: reporter.tell };
    await undoSet(host, new AuthorityStore(home), reporter.report, options);
    return reporter.exitCode;
  } catch (error) {
    return reportFailure(error, signal);
  }
}
