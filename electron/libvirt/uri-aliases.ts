import { BadInputError } from '../common/errors.ts';
import { ConfError, parseConf, type ConfValues } from '../common/libvirt-conf.ts';
import { shown } from './uri-text.ts';

/** What libvirt's client configuration (`libvirt.conf`) says about connect URIs. */
export interface UriAliases {
  /** `uri_aliases`: name to URI. */
  readonly aliases: ReadonlyMap<string, string>;
  /** `uri_default`: what an empty URI stands for. */
  readonly defaultUri: string | undefined;
}

/** What a name of an alias is made of (`URI_ALIAS_CHARS` of src/util/viruri.c); no URI is. */
const aliasName = /^[A-Za-z0-9_-]+$/;

/**
 * Reads the text of a `libvirt.conf`.
 *
 * @param file its name, for messages
 * @throws {BadInputError} `bad-libvirt-conf`, with the line
 */
export function parseUriAliases(text: string, file: string): UriAliases {
  const settings = readSettings(text, file);
  const aliases = new Map<string, string>();
  const list = settings.get('uri_aliases') ?? [];
  for (const value of Array.isArray(list) ? list : [list]) {
    const entry = String(value);
    const equals = entry.indexOf('=');
    const name = entry.slice(0, Math.max(0, equals));
    if (!aliasName.test(name)) {
      throw new BadInputError(
        'bad-libvirt-conf',
        `${file}: "${shown(entry)}" in uri_aliases is not of the form name=URI.`,
        { remedy: 'Names of aliases consist of letters, digits, "_" and "-".' },
      );
    }
    // The first of two entries counts, as it does for libvirt.
    if (!aliases.has(name)) aliases.set(name, entry.slice(equals + 1));
  }
  const defaultUri = settings.get('uri_default');
  return { aliases, defaultUri: typeof defaultUri === 'string' ? defaultUri : undefined };
}

function readSettings(text: string, file: string): ConfValues {
  try {
    return parseConf(text);
  } catch (error) {
    if (!(error instanceof ConfError)) throw error;
    throw new BadInputError('bad-libvirt-conf', `${file}: ${shown(error.message)}`, {
      cause: error,
      remedy: 'A line of this file is of the form name = "value".',
    });
  }
}

/**
 * The connect URI that was meant: the default for an empty text, the URI of an alias for its name, else the text
 * itself. An alias does not lead to another one.
 *
 * @param sources those of the user before those of the system; the first that knows the name counts
 */
export function resolveUriAlias(text: string, sources: readonly UriAliases[]): string {
  const given = text === '' ? (sources.find(({ defaultUri }) => defaultUri)?.defaultUri ?? '') : text;
  return sources.find(({ aliases }) => aliases.has(given))?.aliases.get(given) ?? given;
}
