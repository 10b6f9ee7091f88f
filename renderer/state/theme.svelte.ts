export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'viaduct.theme';

function isTheme(value: string | null): value is Theme {
  return themes.some((theme) => theme === value);
}

/** Which set of colours is shown; kept in this browser. */
export class ThemeController {
  #chosen = $state<Theme>('system');

  constructor() {
    const kept = localStorage.getItem(key);
    if (isTheme(kept)) this.choose(kept);
  }

  get chosen(): Theme {
    return this.#chosen;
  }

  choose(theme: Theme): void {
    this.#chosen = theme;
    localStorage.setItem(key, theme);
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }
}
