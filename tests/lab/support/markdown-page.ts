import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';

/** The lines of a table, whose cells may hold anything. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows.map((row) => row.map(escaped))].map(
    (row) => `| ${row.join(' | ')} |`,
  );
}

const escaped = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('<', '\\<');

/** A page of the docs, formatted as the others are. */
export async function writeMarkdownPage(file: string, lines: readonly string[]): Promise<void> {
  await writeFile(file, await format(lines.join('\n'), { parser: 'markdown', printWidth: 110 }));
}
