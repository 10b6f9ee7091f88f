import { RemoteError } from '../bridge.ts';

/** A refusal or failure in the words the screen shows. */
export interface Problem {
  sentence: string;
  remedy: string | undefined;
  /** Where it was and by which code it goes, where that is worth a line of its own. */
  about?: string;
  /** What to paste into a report: the stable code and the original text. */
  original: string;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof RemoteError) {
    return {
      sentence: error.message,
      remedy: error.remedy,
      original: `${error.code}: ${error.message}`,
    };
  }
  const text = error instanceof Error ? error.message : String(error);
  return {
    sentence: 'Viaduct did not answer as it should.',
    remedy: 'Try again; if it stays so, copy the original text into a report.',
    original: text,
  };
}
