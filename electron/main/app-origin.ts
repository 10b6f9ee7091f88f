export const appScheme = 'app';
export const appHost = 'viaduct';

/** The address of the built screen. */
export const builtScreenUrl = `${appScheme}://${appHost}/`;

/**
 * Whether `url` belongs to the screen. Scheme, host and port are compared as parsed; Node gives every `app:` URL the
 * origin "null", so `origin` alone could not tell two of them apart.
 */
export function isOwnUrl(url: string, screenUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const [asked, own] = [new URL(url), new URL(screenUrl)];
  return (
    asked.protocol === own.protocol &&
    asked.host === own.host &&
    asked.username === '' &&
    asked.password === ''
  );
}
