/** The picture as a `data:` address, the one kind besides its own files that the page's policy lets images have. */
export function pngAddress(png: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      if (typeof reader.result === 'string') resolve(reader.result);
      else reject(new Error('The picture could not be read.'));
    };
    reader.onerror = () => reject(new Error('The picture could not be read.'));
    reader.readAsDataURL(new Blob([Uint8Array.from(png)], { type: 'image/png' }));
  });
}
