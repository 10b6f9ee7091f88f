import type { Receipt } from '../../electron/ipc/views.ts';

/** What was made on the destination for copied disks, as rows of the receipt. */
export function storageRows(storage: Receipt['storage']): { label: string; value: string }[] {
  if (storage === undefined) return [];
  const rows: [string, readonly string[]][] = [
    ['Made there', storage.kept],
    ['Made there and removed again', storage.removed],
    ['Left there', storage.left.map(({ path }) => path)],
  ];
  return rows
    .filter(([, items]) => items.length > 0)
    .map(([label, items]) => ({ label, value: items.join(', ') }));
}
