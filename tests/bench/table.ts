/** Columns of text: the first to the left, figures to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  return rows.map(line).join('\n');
}

/** Whether an aim was reached, in one line. */
export function verdict(aim: string, met: boolean, measured: string): string {
  return `${met ? 'met   ' : 'MISSED'}  ${aim}: ${measured}`;
}
