import { printable } from '../common/printable.ts';
import type { KnownSetup } from '../setup/host-setup.ts';
import { firewallWords, layoutWords, privilegeWords } from '../setup/inspection-words.ts';
import type { SeenHost } from './seen-host.ts';
import type { WizardHostFacts } from './wizard-snapshot.ts';
import { counted } from './words.ts';

const maxSentence = 500;
const maxNotes = 20;

/** What was seen of a host, in words; bounded, because much of it comes from there. */
export function hostFacts(seen: SeenHost): WizardHostFacts {
  const { facts } = seen.inspection;
  const { libvirt, qemu, login, layout, tls, guests } = facts;
  return {
    system: shown(`${facts.distribution.name}, libvirt ${libvirt.text}, QEMU ${qemu.text}`),
    daemon: layout ? layoutWords[layout.kind] : 'none found',
    rights: login.privilege === 'none' ? shown(login.message) : privilegeWords[login.privilege],
    tlsPort: tls.port,
    listening: tls.listening,
    firewall: shown(firewallWords(facts.firewall)),
    runningGuests: guests.count,
    already: alreadyThere(seen),
    notes: notesOf(seen).slice(0, maxNotes).map(shown),
  };
}

function alreadyThere({ inspection, served, undoable, unfinished }: SeenHost): string[] {
  const { tls } = inspection.facts;
  return [
    ...(served ? [`Certificates of ${served.issuer}, until ${day(served.notAfter)}.`] : []),
    ...(tls.listening ? [`Its daemon listens for TLS on port ${tls.port}.`] : []),
    ...(undoable && !unfinished
      ? [`Set up from here on ${undoable.at.slice(0, 10)}, ${counted(undoable.changes.length, 'change')}.`]
      : []),
  ].map(shown);
}

function notesOf({ opened, inspection: { facts }, unfinished }: SeenHost): string[] {
  const { guests, openstack, tcpListening, host, unknown } = facts;
  return [
    ...(unfinished ? [unfinishedWords(host, unfinished)] : []),
    ...(guests.busy.length > 0 ? [`A job runs on ${guests.busy.slice(0, 3).join(', ')}.`] : []),
    ...(openstack
      ? ['It is a compute host of OpenStack; its settings for migration are planned as well.']
      : []),
    ...(tcpListening ? ['Its daemon listens without encryption as well, on port 16509.'] : []),
    ...(opened?.hasOpenssl === false ? ['It has no openssl, so handshakes cannot be tried from it.'] : []),
    ...(opened && opened.keyTool === undefined
      ? ['It has neither openssl nor certtool: its keys are made here and placed over SSH.']
      : []),
    ...unknown,
  ];
}

/** Where a setup that has no end yet stands. */
export function unfinishedWords(host: string, { at, done, changes, phase }: KnownSetup): string {
  const how =
    phase === 'reverting'
      ? 'was being taken back'
      : `was cut off after ${done} of ${counted(changes.length, 'change')}`;
  return `The setup of ${host} of ${at.slice(0, 16).replace('T', ' ')} ${how}.`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function shown(text: string): string {
  return printable(text, maxSentence);
}
