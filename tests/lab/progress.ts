/** Tells the person who waits what the lab is doing, and how long each part took. */
export interface Progress {
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
}

export const silent: Progress = { step: (_what, work) => work() };

/** One line when a step begins, one when it ends; steps may run side by side. */
export function progressTo(output: { write(text: string): unknown }): Progress {
  return {
    async step(what, work) {
      const begin = performance.now();
      output.write(`  …  ${what}\n`);
      const seconds = (): string => `${((performance.now() - begin) / 1000).toFixed(1)} s`;
      try {
        const result = await work();
        output.write(`  ✓  ${what} (${seconds()})\n`);
        return result;
      } catch (error) {
        output.write(`  ✗  ${what} (${seconds()})\n`);
        throw error;
      }
    },
  };
}
