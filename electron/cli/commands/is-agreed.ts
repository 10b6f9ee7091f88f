export interface Agreement {
  /** Agreed beforehand. */
  yes: boolean;
  /** Asks; `undefined` where nobody can be asked. */
  confirm: ((question: string) => Promise<boolean>) | undefined;
}

/** Where nobody can be asked, what would be asked is refused with the option that answers it. */
export async function isAgreed(question: string, { yes, confirm }: Agreement): Promise<boolean> {
  if (yes) return true;
  if (confirm) return confirm(question);
  process.stderr.write('Add --yes to agree to this.\n');
  return false;
}
