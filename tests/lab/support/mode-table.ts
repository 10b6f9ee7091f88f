import { markdownTable, writeMarkdownPage } from './markdown-page.ts';
import type { ModeRow } from './prove-mode.ts';

/** Renders what was proven as the page of the docs. */
export async function writeModeTable(file: string, rows: readonly ModeRow[]): Promise<void> {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const cells = (row: ModeRow): string[] => [
    row.what,
    row.control,
    row.inTheClear.length === 0 ? 'every stream' : `all but ${row.inTheClear.join(', ')}`,
    String(row.memorySeen),
    row.diskSeen === undefined ? '' : String(row.diskSeen),
    ...[seconds(row.thereMs), seconds(row.backMs), String(row.pauseMs)],
  ];
  const head = [
    ...['way', 'control', 'encrypted', 'memory seen', 'disk seen'],
    ...['there, s', 'back, s', 'pause, ms'],
  ];
  await writeMarkdownPage(file, [
    '# Modes, proven',
    '',
    'Made by `npm run proofs -- modes`, not by hand. Each row is a guest of the lab that was moved there and back: exactly',
    'one host ran it by virsh on both, it counted on with its memory intact, its disk held what it held before, and no socket,',
    'file, volume, pool or certificate was left. "Seen" is how often a known piece of its memory or disk was found in a capture',
    'of everything between the hosts. Times are of two hosts that share two cores.',
    '',
    ...markdownTable(head, rows.map(cells)),
    '',
  ]);
}
