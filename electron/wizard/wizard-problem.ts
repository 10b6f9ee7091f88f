import { messageOf, ViaductError } from '../common/errors.ts';
import { printable } from '../common/printable.ts';
import type { PkiFinding } from '../deploy/pki-finding.ts';
import type { HostEntry } from './host-entry.ts';
import { screenRemedy } from './screen-remedies.ts';
import type { WizardProblem } from './wizard-snapshot.ts';

const maxSentence = 1000;
const maxEvidence = 4000;

/** Anything that was thrown, for the screen: bounded, without control characters, with a remedy always. */
export function problemOf(error: unknown, hostId?: string): WizardProblem {
  const { code = 'internal', side, remedy } = error instanceof ViaductError ? error : {};
  const message = printable(messageOf(error), maxSentence);
  const evidence = evidenceOf(error, message);
  return {
    code,
    message: message === '' ? 'It failed without a word.' : message,
    side,
    remedy: printable(screenRemedy(code, remedy), maxSentence),
    evidence: evidence === '' ? undefined : evidence,
    hostId,
  };
}

/** The one that an error is about: the only one there is, else the only one that it names. */
export function blamedHost(
  error: unknown,
  entries: readonly Pick<HostEntry, 'hostId' | 'name'>[],
): string | undefined {
  const message = messageOf(error);
  const named = entries.length === 1 ? entries : entries.filter(({ name }) => message.includes(name));
  return named.length === 1 ? named[0]?.hostId : undefined;
}

/** What stands behind the error, where it says something that the sentence does not. */
function evidenceOf(error: unknown, message: string): string {
  const said: string[] = [];
  for (let cause = causeOf(error); cause !== undefined && said.length < 5; cause = causeOf(cause)) {
    const words = printable(messageOf(cause), maxEvidence);
    if (!message.includes(words) && !said.includes(words)) said.push(words);
  }
  return said.join('\n').slice(0, maxEvidence);
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

/** A finding with words for the screen. */
export function findingOnScreen(finding: PkiFinding): PkiFinding {
  const { remedy, evidence } = finding;
  return {
    ...finding,
    summary: printable(finding.summary, maxSentence),
    ...(remedy !== undefined && { remedy: printable(screenRemedy(finding.id, remedy), maxSentence) }),
    ...(evidence !== undefined && { evidence: printable(evidence, maxEvidence) }),
  };
}
