export interface SudoQuestion {
  host: string;
  user: string;
  /** 1 for the first time; above 1, the password before was wrong. */
  attempt: number;
}

/** How a person is asked for the password that `sudo` wants. It is never written anywhere. */
export interface SudoPrompts {
  readonly interactive: boolean;
  /** `undefined`: the person gave up. */
  askSudoPassword(question: SudoQuestion, signal: AbortSignal | undefined): Promise<string | undefined>;
}

/** For runs where nobody can answer. */
export const noSudoPrompts: SudoPrompts = {
  interactive: false,
  askSudoPassword: () => Promise.resolve(undefined),
};

/**
 * Asks for each host and user once: the answer is remembered, in memory, for as long as this object is. One that was
 * wrong is asked for again.
 */
export function askingOnce(prompts: SudoPrompts): SudoPrompts {
  const answers = new Map<string, string>();
  return {
    interactive: prompts.interactive,
    askSudoPassword: async (question, signal) => {
      const key = `${question.user}@${question.host}`;
      const known = answers.get(key);
      if (known !== undefined && question.attempt === 1) return known;
      const answer = await prompts.askSudoPassword(question, signal);
      if (answer === undefined) answers.delete(key);
      else answers.set(key, answer);
      return answer;
    },
  };
}
