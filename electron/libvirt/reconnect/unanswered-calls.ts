/** A call that may have changed something on the host and got no answer. */
export interface LostAnswer {
  /** The name in libvirt's protocol definition, `DOMAIN_DESTROY`. */
  readonly procedure: string;
  /** Wall clock, milliseconds since 1970. */
  readonly calledAtMs: number;
  /** Why there was no answer. */
  readonly sentence: string;
}

/** Older ones are forgotten. */
const most = 20;

/** The calls whose outcome is unknown, oldest first. */
export class UnansweredCalls {
  #list: readonly LostAnswer[] = [];

  get list(): readonly LostAnswer[] {
    return this.#list;
  }

  add(call: LostAnswer): void {
    this.#list = [...this.#list, call].slice(-most);
  }

  clear(): void {
    this.#list = [];
  }
}
