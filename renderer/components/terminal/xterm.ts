import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { TerminalSession, TerminalSize } from '../../state/terminal-session.svelte.ts';
import { allowScriptedStyles } from './scripted-styles.ts';
import { terminalTheme } from './terminal-theme.ts';

/* The one module that knows xterm; loaded when the first terminal is opened. */

export interface TerminalScreen {
  /** What fits into its element now. */
  readonly size: TerminalSize;
  write(bytes: Uint8Array, drawn: () => void): void;
  focus(): void;
  /** Empties it, for a session that is opened again. */
  reset(): void;
  /** Reads the tokens again, after the theme changed. */
  recolour(): void;
  setScreenReader(on: boolean): void;
  dispose(): void;
}

/** Ctrl+Shift and the letter; Cmd on a Mac has its own ways for all but leaving. */
function chord(event: KeyboardEvent, letter: string): boolean {
  return event.ctrlKey && event.shiftKey && !event.altKey && event.key.toUpperCase() === letter;
}

/**
 * Draws a session into `element`. Ctrl+Shift+C copies, Ctrl+Shift+V pastes, Ctrl+Shift+L calls `leave`; every other
 * key goes to the far end.
 */
export function drawTerminal(
  element: HTMLElement,
  session: TerminalSession,
  { leave, screenReader }: { leave: () => void; screenReader: boolean },
): TerminalScreen {
  allowScriptedStyles(document);
  const terminal = new Terminal({
    fontFamily: getComputedStyle(element).fontFamily,
    fontSize: 13,
    lineHeight: 1.2,
    scrollback: 5000,
    minimumContrastRatio: 4.5,
    screenReaderMode: screenReader,
    theme: terminalTheme(element),
    // What a host prints must not be able to open anything.
    linkHandler: { activate: () => undefined },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  terminal.onData((text) => session.type(text));
  terminal.onBinary((text) => session.typeBytes(Uint8Array.from(text, (byte) => byte.charCodeAt(0))));
  terminal.onResize(({ cols, rows }) => session.resize({ columns: cols, rows }));
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown') return true;
    if (chord(event, 'C') && terminal.hasSelection()) {
      event.preventDefault();
      // A browser may refuse the clipboard; the selection stays, and the menu of the browser has copy too.
      navigator.clipboard.writeText(terminal.getSelection()).catch(() => undefined);
      return false;
    }
    if (chord(event, 'L')) {
      event.preventDefault();
      leave();
      return false;
    }
    // The browser pastes into the terminal's field, which hands it on.
    return !chord(event, 'V');
  });
  const refit = () => {
    if (element.clientHeight > 0) fit.fit();
  };
  const resized = new ResizeObserver(refit);
  resized.observe(element);
  refit();
  return {
    get size() {
      return { columns: terminal.cols, rows: terminal.rows };
    },
    write: (bytes, drawn) => terminal.write(bytes, drawn),
    focus: () => terminal.focus(),
    reset: () => terminal.reset(),
    recolour: () => (terminal.options.theme = terminalTheme(element)),
    setScreenReader: (on) => (terminal.options.screenReaderMode = on),
    dispose: () => {
      resized.disconnect();
      terminal.dispose();
    },
  };
}
