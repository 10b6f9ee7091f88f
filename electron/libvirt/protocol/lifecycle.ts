/** `virDomainEventType`: the `event` of a lifecycle event. */
export const lifecycleEvents = {
  defined: 0,
  undefined: 1,
  started: 2,
  suspended: 3,
  resumed: 4,
  stopped: 5,
  shutdown: 6,
  pmSuspended: 7,
  crashed: 8,
} as const;

export type LifecycleEvent = (typeof lifecycleEvents)[keyof typeof lifecycleEvents];

/** The `detail` values of each lifecycle event (`virDomainEvent*DetailType`). */
export const lifecycleDetails = {
  defined: { added: 0, updated: 1, renamed: 2, fromSnapshot: 3 },
  undefined: { removed: 0, renamed: 1 },
  started: { booted: 0, migrated: 1, restored: 2, fromSnapshot: 3, wakeup: 4 },
  suspended: {
    paused: 0,
    migrated: 1,
    ioError: 2,
    watchdog: 3,
    restored: 4,
    fromSnapshot: 5,
    apiError: 6,
    postcopy: 7,
    postcopyFailed: 8,
  },
  resumed: { unpaused: 0, migrated: 1, fromSnapshot: 2, postcopy: 3, postcopyFailed: 4 },
  stopped: { shutdown: 0, destroyed: 1, crashed: 2, migrated: 3, saved: 4, failed: 5, fromSnapshot: 6 },
  shutdown: { finished: 0, guest: 1, host: 2 },
  pmSuspended: { memory: 0, disk: 1 },
  crashed: { panicked: 0, crashLoaded: 1 },
} as const satisfies Record<keyof typeof lifecycleEvents, Record<string, number>>;

function nameOf(values: Readonly<Record<string, number>>, value: number): string | undefined {
  const name = Object.keys(values).find((key) => values[key] === value);
  return name?.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A lifecycle event in words: `stopped (migrated)`. */
export function describeLifecycle(event: number, detail: number): string {
  for (const [name, value] of Object.entries(lifecycleEvents)) {
    if (value !== event) continue;
    const details = lifecycleDetails[name as keyof typeof lifecycleEvents];
    return `${nameOf(lifecycleEvents, event) ?? name} (${nameOf(details, detail) ?? `detail ${detail}`})`;
  }
  return `event ${event} (detail ${detail})`;
}
