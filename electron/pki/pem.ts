/** Bytes in PEM form, under the label that the reader expects. */
export function toPem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** The bytes of the first PEM block with that label; `undefined` if there is none. */
export function fromPem(label: string, text: string): Buffer | undefined {
  const [, base64] = new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----`).exec(text) ?? [];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}
