import type { Place, TreeFile } from '../trees.ts';

const readers = { libvirt: 'libvirt', qemu: 'QEMU' } as const;

/** What a file of a tree is, in words: "certificate of QEMU's server". */
export function fileWords({ tree, part, purpose }: Pick<TreeFile, 'tree' | 'part' | 'purpose'>): string {
  const reader = readers[tree];
  switch (part) {
    case 'authority':
      return `authorities that ${reader} trusts`;
    case 'revocations':
      return `revocation list for ${reader}`;
    case 'key':
    case 'certificate':
      return `${part} of ${reader}'s ${purpose ?? 'own'}`;
  }
}

/** As the subject of a sentence: "The certificate of QEMU's server". */
export function certificateWords({ certificate }: Pick<Place, 'certificate'>): string {
  return `The ${fileWords(certificate)}`;
}

export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** As in `0640`. */
export function modeText(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
