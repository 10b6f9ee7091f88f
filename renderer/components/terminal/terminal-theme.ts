import type { ITheme } from '@xterm/xterm';

/** xterm's names with the tokens that say them. */
const tokens = {
  background: '--term-background',
  foreground: '--term-text',
  cursor: '--term-text',
  cursorAccent: '--term-background',
  selectionBackground: '--term-selection',
  black: '--term-black',
  red: '--term-red',
  green: '--term-green',
  yellow: '--term-yellow',
  blue: '--term-blue',
  magenta: '--term-magenta',
  cyan: '--term-cyan',
  white: '--term-white',
  brightBlack: '--term-bright-black',
  brightRed: '--term-red',
  brightGreen: '--term-green',
  brightYellow: '--term-yellow',
  brightBlue: '--term-blue',
  brightMagenta: '--term-magenta',
  brightCyan: '--term-cyan',
  brightWhite: '--term-text',
} as const satisfies ITheme;

/** The colour of a token in force where `element` is: a token says both themes, a computed colour one. */
function colourOf(token: string, element: HTMLElement): string {
  // An element of its own for each: a change of one that is drawn could be a transition, and half-way.
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

export function terminalTheme(element: HTMLElement): ITheme {
  return Object.fromEntries(Object.entries(tokens).map(([name, token]) => [name, colourOf(token, element)]));
}
