/** What went wrong just now is seen, however far down the page the admin was. */
export function bringIntoView(element: HTMLElement): void {
  element.scrollIntoView({ block: 'center' });
}
