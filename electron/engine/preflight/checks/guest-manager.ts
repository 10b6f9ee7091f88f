import type { Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';

/**
 * Whether another program owns the guest: it goes on to believe that the guest runs on the source, and may start it
 * there a second time.
 */
export const guestManagerCheck: Check = {
  id: 'guest.manager',
  title: 'whether another program manages the guest',
  side: 'guest',
  needs: ['guest'],
  run: async (context) => {
    const finding = findingsOf('guest.manager', 'guest');
    const { name, manager, unknownNotes } = await context.guest();
    if (manager === undefined) {
      if (unknownNotes.length === 0) return [finding.ok(`No other program manages ${name}.`)];
      const notes = unknownNotes.join(', ');
      return [
        finding.info(
          `A program has left notes in the definition of ${name}; it may keep track of it.`,
          notes,
        ),
      ];
    }
    const summary = `${manager.name} manages ${name} and will not know that it was moved; it may start it a second time on the source.`;
    const words = { summary, evidence: manager.evidence };
    return [
      context.options.ignoreManager === true
        ? finding.warning({
            ...words,
            remedy: `Tell ${manager.name} where the guest runs, right after the move.`,
          })
        : finding.error({
            ...words,
            remedy: `${manager.remedy}. To move it behind the manager’s back nevertheless: --ignore-manager`,
          }),
    ];
  },
};
