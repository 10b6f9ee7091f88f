import type { Channel } from '../bridge.ts';
import { TerminalSession, type TerminalTarget } from './terminal-session.svelte.ts';

const screenReaderKey = 'viaduct.terminal.screenReader';

/** The drawer at the bottom: one tab for each console and shell. */
export class TerminalsController {
  readonly #channel: Channel;
  sessions = $state.raw<readonly TerminalSession[]>([]);
  activeTabId = $state<string | undefined>(undefined);
  /** Whether the drawer takes most of the window. */
  tall = $state(false);
  /** Whether what is written is also put where screen readers find it; costs speed. */
  screenReader = $state(localStorage.getItem(screenReaderKey) === 'yes');
  #nextTab = 1;

  constructor(channel: Channel) {
    this.#channel = channel;
    const of = (terminalId: string) => this.sessions.find((session) => session.terminalId === terminalId);
    channel.on('terminalOpened', ({ terminalId }) => of(terminalId)?.opened());
    channel.on('terminalData', ({ terminalId, bytes }) => of(terminalId)?.receive(bytes));
    channel.on('terminalEnded', ({ terminalId, sentence, remedy, code }) =>
      of(terminalId)?.end(sentence, remedy, code === 'console-busy'),
    );
    // Terminals belong to the connection that opened them.
    channel.onLink((state) => {
      if (state === 'up') return;
      for (const session of this.sessions) {
        if (session.state.kind !== 'ended') session.end('The connection to Viaduct was lost.');
      }
    });
  }

  /** Opens a tab, or goes to the one that shows a guest's console already. */
  open(target: TerminalTarget): void {
    const known = this.sessions.find(
      (session) =>
        session.target.kind === 'guest-console' &&
        target.kind === 'guest-console' &&
        session.target.guestUuid === target.guestUuid &&
        session.target.hostId === target.hostId,
    );
    const session = known ?? new TerminalSession(this.#channel, `tab-${this.#nextTab++}`, target);
    if (!known) this.sessions = [...this.sessions, session];
    this.activeTabId = session.tabId;
  }

  close(session: TerminalSession): void {
    const place = this.sessions.indexOf(session);
    session.close();
    this.sessions = this.sessions.filter((other) => other !== session);
    if (this.activeTabId === session.tabId) {
      this.activeTabId = (this.sessions[place] ?? this.sessions.at(-1))?.tabId;
    }
  }

  useScreenReader(on: boolean): void {
    this.screenReader = on;
    localStorage.setItem(screenReaderKey, on ? 'yes' : 'no');
  }
}
