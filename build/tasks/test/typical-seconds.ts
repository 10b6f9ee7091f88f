/*
 * How long the parts of `npm test` take on two cores, about. They only say what is begun first: a wrong figure costs some
 * waiting at the end, and a file that is missing here is run all the same.
 */

/** By the file's path from tests/lab. */
export const labSeconds: Record<string, number> = {};

export const otherSeconds = { unit: 150, screens: 120, desktop: 150, browser: 150 };
