import { HostChangeError } from '../../../common/host/host-errors.ts';
import { DeployError } from '../../../deploy/deploy-error.ts';
import type { PkiFinding, Report } from '../../../deploy/pki-finding.ts';
import type { IssuedEntry } from '../../../pki/ledger-entries.ts';
import { SshError } from '../../../ssh/errors.ts';
import { exitCodeOfError, exitCodes } from '../../exit-codes.ts';
import { errorText } from '../../output/error-text.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { printable } from '../../output/printable.ts';
import { certificateFields } from './authority-fields.ts';

const marks = { ok: 'fine', info: 'note', warning: 'LOOK', error: 'STOP', unknown: 'UNKNOWN' } as const;

/** Prints findings as they come, and keeps count of the worst. */
export class FindingReporter {
  readonly #json: boolean;
  #errors = 0;

  constructor(json: boolean) {
    this.#json = json;
  }

  readonly report: Report = (finding) => {
    if (finding.level === 'error') this.#errors += 1;
    if (this.#json) writeJsonLine('check', finding);
    else process.stdout.write(`${findingText(finding)}\n`);
  };

  /** What may take a while, for whoever watches. */
  readonly tell = (sentence: string): void => {
    process.stderr.write(`${printable(sentence)}\n`);
  };

  /** 3 when one finding is an error. */
  get exitCode(): number {
    return this.#errors > 0 ? exitCodes.refused : exitCodes.done;
  }
}

function findingText({ level, summary, remedy }: PkiFinding): string {
  const text = `${marks[level].padEnd(8)}${printable(summary)}`;
  return remedy === undefined || level === 'ok' ? text : `${text}\n${' '.repeat(8)}${printable(remedy)}`;
}

/** Certificates that are in use from now on; a line of JSON for each. */
export function reportIssued(authority: string, issued: readonly IssuedEntry[], json: boolean): void {
  const now = new Date();
  if (json) {
    for (const entry of issued) {
      writeJsonLine('certificate', certificateFields(authority, { ...entry, state: 'valid' }, now));
    }
    return;
  }
  const [first] = issued.toSorted((one, other) => one.notAfter.getTime() - other.notAfter.getTime());
  if (first === undefined) return;
  const hosts = [...new Set(issued.map(({ host }) => host))].map(printable).join(', ');
  const until = first.notAfter.toISOString().slice(0, 10);
  process.stdout.write(`${issued.length} certificates are in place on ${hosts}, valid until ${until}.\n`);
}

/**
 * Says what was thrown.
 *
 * @returns 5 when it was cancelled, 4 when a host could not be given what it was to get, 6 when the link to it broke, so
 * that nobody knows here what it has
 */
export function reportFailure(error: unknown, signal: AbortSignal | undefined): number {
  if (signal?.aborted === true) {
    process.stderr.write('Cancelled. Hosts that were reported as done keep their new certificates.\n');
    return exitCodes.cancelled;
  }
  process.stderr.write(`${errorText(error)}\n`);
  if (error instanceof SshError && error.code === 'ssh-link-lost') {
    process.stderr.write(
      'A host has all of its old files or all of the new ones. Run the same command again, which brings it to its end.\n',
    );
    return exitCodes.needsPerson;
  }
  if (error instanceof HostChangeError) return exitCodes.failed;
  const isAfterwards = error instanceof DeployError && afterwards.has(error.code);
  return isAfterwards ? exitCodes.failed : exitCodeOfError(error);
}

const afterwards: ReadonlySet<string> = new Set([
  'deploy-reload-refused',
  'deploy-reload-busy',
  'deploy-not-served',
]);
