/** What the panel on the right shows. */
export type PanelContent =
  | { kind: 'closed' }
  /** A guest and where it can go; `refusedBy` is the host it was dropped on that cannot take it. */
  | { kind: 'guest'; hostId: string; uuid: string; refusedBy: string | undefined }
  | { kind: 'host'; hostId: string }
  | { kind: 'review' }
  | { kind: 'migration'; migrationId: string }
  /** A migration of the past. */
  | { kind: 'receipt'; id: string };

export class PanelController {
  content = $state.raw<PanelContent>({ kind: 'closed' });

  show(content: PanelContent): void {
    this.content = content;
  }

  close(): void {
    this.content = { kind: 'closed' };
  }
}
