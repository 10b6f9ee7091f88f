import { z } from 'zod';
import { ViaductError } from '../../common/errors.ts';
import { editConf } from './conf-editor.ts';
import { addEnvironmentWord } from './environment-file.ts';
import { editIni } from './ini-file.ts';
import { insertNftRules } from './nft-file.ts';

const word = z.string().max(4096);
const scalar = z.union([word, z.number().int()]);

/**
 * A change of a text that can be written down and made again: plans and journals hold these, never the text, which
 * may have passwords in it. `withheld`: the change is a secret itself, so it is in memory alone and cannot be made again.
 */
export const fileEdit = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('conf'),
    set: z.record(word, z.union([scalar, z.array(scalar)])),
  }),
  z.strictObject({ kind: z.literal('ini'), section: word, set: z.record(word, word) }),
  z.strictObject({ kind: z.literal('environment'), variable: word, add: word }),
  z.strictObject({
    kind: z.literal('nft'),
    family: word,
    table: word,
    chain: word,
    rules: z.array(word),
  }),
  z.strictObject({ kind: z.literal('withheld') }),
]);
export type FileEdit = z.infer<typeof fileEdit>;
export type TextEdit = Exclude<FileEdit, { kind: 'withheld' }>;

/** The text with the edit made. Made already: the same text. */
export function editText(text: string, edit: TextEdit): string {
  switch (edit.kind) {
    case 'conf':
      return editConf(text, edit.set);
    case 'ini':
      return editIni(text, edit.section, edit.set);
    case 'environment':
      return addEnvironmentWord(text, edit.variable, edit.add);
    case 'nft': {
      const edited = insertNftRules(text, edit, edit.rules);
      if (edited !== undefined) return edited;
      throw new ViaductError(
        'nft-file-unreadable',
        'The nftables file no longer has the chain that was seen in it.',
        { remedy: 'Look at a new plan.' },
      );
    }
  }
}
