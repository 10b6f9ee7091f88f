import { validate } from '../../../deploy/validate/validate.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import type { DeployRequest } from './deploy.ts';
import { FindingReporter } from './deploy-report.ts';

/** Tries the certificates of every pair of hosts by real handshakes. @returns 3 when one does not work */
export async function runValidate(
  hosts: readonly SetupHost[],
  { json, prompts, signal }: Pick<DeployRequest, 'json' | 'prompts' | 'signal'>,
): Promise<number> {
  const reporter = new FindingReporter(json);
  await validate(hosts, reporter.report, { prompts, signal, tell: reporter.tell });
  return reporter.exitCode;
}
