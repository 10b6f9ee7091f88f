/** The one thing that a step is about to do, or going on. */
export interface StepAction {
  /** The act itself, as "Put certificates on alpha and beta". */
  label: string;
  /** Why it cannot be done now. */
  blocked?: string | undefined;
  act(): void;
}
