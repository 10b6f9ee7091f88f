/** Runs `load` at the first call and hands the same promise, kept or broken, to every later one. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}

/** As `once`, with one answer for each key. */
export function onceForEach<K extends string, T>(load: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const loaded = new Map<K, Promise<T>>();
  return (key) => {
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const started = load(key);
    loaded.set(key, started);
    return started;
  };
}

/** For what only helps to choose or to explain, and is asked for again by whoever reports on it. */
export async function orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}
