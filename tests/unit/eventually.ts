import { vi } from 'vitest';

/** Waits until `check` passes; as long as a busy machine may take, and no longer than a test may. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000, interval: 20 });
}
