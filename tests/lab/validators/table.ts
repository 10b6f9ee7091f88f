import { markdownTable, writeMarkdownPage } from '../support/markdown-page.ts';
import { isTrouble, theyAreRight, type Verdicts, weAreRight } from './verdicts.ts';

const head = ['certificates', 'what is the case', 'virt-pki-validate', 'right', 'Viaduct', 'right'];

function caseOf({ refusal, hazards }: Verdicts): string {
  if (refusal !== '') return `refused: ${refusal.replace(/^error: /, '')}`;
  return hazards.length > 0 ? `moves; a key is no secret: ${hazards.join(', ')}` : 'moves';
}

function cells(row: Verdicts): string[] {
  const { errors, warnings } = row.ours;
  const said = [...errors.map((id) => `error ${id}`), ...warnings.map((id) => `warning ${id}`)];
  const yesOrNo = (right: boolean): string => (right ? 'yes' : '**no**');
  return [
    row.what,
    caseOf(row),
    row.theirs.join('; ') || 'nothing',
    yesOrNo(theyAreRight(row)),
    said.join(', ') || 'nothing',
    yesOrNo(weAreRight(row)),
  ];
}

/** Renders what was seen as the page of the docs. @param usual what virt-pki-validate says of a sound pair */
export async function writeVerdictTable(
  file: string,
  rows: readonly Verdicts[],
  usual: readonly string[],
): Promise<void> {
  const count = (isRight: (row: Verdicts) => boolean): string =>
    `${rows.filter(isRight).length} of ${rows.length}`;
  const missed = rows.filter((row) => isTrouble(row) && !theyAreRight(row)).length;
  await writeMarkdownPage(file, [
    '# Beside virt-pki-validate',
    '',
    'Made by `npm run proofs -- validators`, not by hand. In each row the certificates of a pair of hosts are as said, in',
    "libvirt's tree and in QEMU's, unless only one is named. Both tools are asked, and then `virsh migrate --live --p2p --tls`",
    'says what is the case: it moves a guest from the one to the other, or is refused.',
    '',
    'Right is who says something where there is something to mend, and nothing where there is not; Viaduct has to tell',
    'more: an error where the guest cannot move, and only there. virt-pki-validate (libvirt 9.0.0) is given certificates',
    `as it wants them, and what it says of a sound pair too is not counted: ${usual.map((line) => `"${line}"`).join(', ')}.`,
    '',
    `virt-pki-validate was right in ${count(theyAreRight)} and silent in ${missed} where there was something to mend, Viaduct was right in ${count(weAreRight)}.`,
    '',
    ...markdownTable(head, rows.map(cells)),
    '',
  ]);
}
