import { printable } from '../../common/printable.ts';
import { redactUri, redactUrisIn, secretsOf } from '../../common/redact-uri.ts';

/** Shorter ones stand in every other word; the URI that holds them is redacted all the same. */
const shortestSecret = 4;
const maxTextChars = 4000;

/** A message may quote a URI in whole or in part, so the URIs go first, and then what they hold. */
export function withoutSecrets(uris: readonly string[]): (text: string) => string {
  const longestFirst = (a: string, b: string): number => b.length - a.length;
  const whole = [...new Set(uris)].toSorted(longestFirst);
  const secrets = [...new Set(uris.flatMap(secretsOf))]
    .filter(({ length }) => length >= shortestSecret)
    .toSorted(longestFirst);
  return (text) => {
    let clean = text;
    for (const uri of whole) clean = clean.replaceAll(uri, redactUri(uri));
    clean = redactUrisIn(clean);
    for (const secret of secrets) clean = clean.replaceAll(secret, '…');
    return printable(clean, maxTextChars);
  };
}

/** Every text in a value changed; those under the `fixed` keys stay. */
export function mapTexts<T>(
  value: T,
  change: (text: string) => string,
  fixed: ReadonlySet<string> = new Set(),
): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, change, fixed)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => [
    key,
    fixed.has(key) ? item : mapTexts(item, change, fixed),
  ]);
  return Object.fromEntries(entries) as T;
}
