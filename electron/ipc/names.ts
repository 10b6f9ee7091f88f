import type { Command, EventName } from './contract.ts';

/*
 * The contract's names alone, without its schemas: the sandboxed preload checks against these and stays small.
 * `satisfies Record` makes a name that is missing or left over a compile error.
 */

const commands = {
  'app.info': true,
  'hosts.list': true,
  'hosts.add': true,
  'hosts.remove': true,
  'hosts.reconnect': true,
  'hosts.sshConfig': true,
  'guests.describe': true,
  'guests.screenshot': true,
  'terminals.open': true,
  'terminals.write': true,
  'terminals.resize': true,
  'terminals.acknowledge': true,
  'terminals.close': true,
  'prompts.list': true,
  'prompts.answer': true,
  'migrations.list': true,
  'migrations.verdicts': true,
  'migrations.review': true,
  'migrations.recheck': true,
  'migrations.mend': true,
  'migrations.closeReview': true,
  'migrations.start': true,
  'migrations.cancel': true,
  'migrations.tune': true,
  'migrations.postCopy': true,
  'migrations.dismiss': true,
  'history.list': true,
  'history.receipt': true,
  'doctor.get': true,
  'doctor.look': true,
  'doctor.act': true,
  'doctor.stop': true,
  'authorities.get': true,
  'authorities.create': true,
  'authorities.import': true,
  'authorities.unlock': true,
  'authorities.lock': true,
  'authorities.forget': true,
  'certificates.get': true,
  'certificates.look': true,
  'certificates.renew': true,
  'certificates.revoke': true,
  'certificates.cancel': true,
  'certificates.dismiss': true,
  'wizard.get': true,
  'wizard.chooseHosts': true,
  'wizard.look': true,
  'wizard.chooseAuthority': true,
  'wizard.setNames': true,
  'wizard.deploy': true,
  'wizard.undoCertificates': true,
  'wizard.setWishes': true,
  'wizard.applyChanges': true,
  'wizard.undoChanges': true,
  'wizard.prove': true,
  'wizard.rehearse': true,
  'wizard.goTo': true,
  'wizard.cancel': true,
  'wizard.reset': true,
} as const satisfies Record<Command, true>;

const events = {
  host: true,
  guests: true,
  hostRemoved: true,
  prompt: true,
  promptClosed: true,
  review: true,
  migration: true,
  migrationDismissed: true,
  history: true,
  doctor: true,
  authorities: true,
  certificates: true,
  wizard: true,
  terminalOpened: true,
  terminalData: true,
  terminalEnded: true,
} as const satisfies Record<EventName, true>;

export function isCommandName(value: unknown): value is Command {
  return typeof value === 'string' && Object.hasOwn(commands, value);
}

export function isEventName(value: unknown): value is EventName {
  return typeof value === 'string' && Object.hasOwn(events, value);
}

/** The Electron IPC channels between preload and main process. */
export const ipcChannels = { call: 'viaduct:call', event: 'viaduct:event' } as const;
