/** Who drives a migration: Viaduct, or the source's daemon by itself, which logs in at the destination. */
export const controls = ['managed', 'p2p'] as const;
export type Control = (typeof controls)[number];

/** What the admin may ask for; `auto` is peer-to-peer where that login is known to work, else managed. */
export const controlChoices = [...controls, 'auto'] as const;
export type ControlChoice = (typeof controlChoices)[number];
