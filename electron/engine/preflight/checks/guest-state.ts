import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { PreflightContext } from '../context.ts';
import { GuestNotFoundError } from '../errors.ts';
import type { GuestFacts } from '../facts/guest.ts';
import { findingsOf } from '../finding-of.ts';

/** Whether the guest is there, and in a state that can be moved. */
export const guestStateCheck: Check = {
  id: 'guest.state',
  title: 'the state of the guest',
  side: 'guest',
  needs: ['source'],
  run: async (context) => {
    const finding = findingsOf('guest.state', 'guest');
    let guest: GuestFacts;
    try {
      guest = await context.guest();
    } catch (error) {
      if (!(error instanceof GuestNotFoundError)) throw error;
      return [
        finding.error({ summary: error.message, remedy: error.remedy ?? 'Check the name of the guest.' }),
      ];
    }
    if (guest.isHeldByMigration) {
      return [
        finding.error({
          summary: `${guest.name} is ${guest.stateInWords}: another migration holds it, or was interrupted.`,
          remedy: 'Wait for that migration to end, or run "viaduct recover".',
        }),
      ];
    }
    if (context.options.offline) return [judgeOffline(guest, context)];
    if (guest.state === 'shut-off') {
      return [
        finding.error({
          summary: `${guest.name} is ${guest.stateInWords}; only a running or paused guest can be moved with its memory.`,
          remedy: `Start ${guest.name} first, or move its definition alone (--offline).`,
        }),
      ];
    }
    if (guest.state === 'other') {
      return [
        finding.error({
          summary: `${guest.name} is ${guest.stateInWords}; only a running or paused guest can be moved.`,
          remedy: `Start ${guest.name} first.`,
        }),
      ];
    }
    if (guest.state === 'paused' && context.options.postCopy) {
      return [
        finding.error({
          summary: `${guest.name} is ${guest.stateInWords}; post-copy is for a guest that runs.`,
          remedy: 'Resume it first, or leave out --post-copy.',
        }),
      ];
    }
    if (guest.state === 'paused') {
      return [
        finding.info(`${guest.name} is ${guest.stateInWords} and will be paused on the destination, too.`),
      ];
    }
    return [finding.ok(`${guest.name} is running on ${context.source.name}.`)];
  },
};

function judgeOffline(guest: GuestFacts, { source, destination }: PreflightContext): Finding {
  const finding = findingsOf('guest.state', 'guest');
  return guest.state === 'shut-off'
    ? finding.ok(
        `${guest.name} is shut off on ${source.name}; its definition alone goes to ${destination.name}.`,
      )
    : finding.error({
        summary: `${guest.name} is ${guest.stateInWords}; --offline is for a guest that is shut off.`,
        remedy: `Leave out --offline to move ${guest.name} as it is, or shut it down first.`,
      });
}
