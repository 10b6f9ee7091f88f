/** What JavaScript itself asks of any object, and a debugger: answered with "not there", not with an error. */
const askedByEveryone = new Set(['then', 'toJSON', 'constructor', 'nodeType', 'asymmetricMatch', '$$typeof']);

/**
 * Makes everything that the stand-in lacks an error that names it, so that no spec passes over a gap unseen.
 */
export function loud<T extends object>(name: string, object: T): T {
  return new Proxy(object, {
    get: (inner, key, receiver) => {
      if (typeof key === 'symbol' || key in inner || askedByEveryone.has(key)) {
        return Reflect.get(inner, key, receiver) as unknown;
      }
      throw new Error(`The Electron stand-in has no ${name}.${key}.`);
    },
  });
}

/** Stands for a whole module of Electron's that the stand-in lacks. */
export function missing(name: string): object {
  const fail = (): never => {
    throw new Error(`The Electron stand-in has no ${name}.`);
  };
  return loud(name, new Proxy(() => undefined, { apply: fail, construct: fail }));
}
