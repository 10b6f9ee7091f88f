import type { End, Job } from '../../../../electron/engine/doctor/diagnosis.ts';
import { DaemonError } from '../../../../electron/engine/run/migration-link.ts';
import type { MigrationHost, MigrationLink } from '../../../../electron/engine/run/migration-link.ts';
import type { HostTruth } from '../../../../electron/engine/state/truth.ts';
import { migrateFlags, toParameterMap } from '../../../../electron/libvirt/index.ts';
import { after, present } from './any-case.ts';

const dom = { name: 'web01', uuid: 'c0ffee00-0000-4000-8000-000000000001', id: 7 };
export const { uuid } = dom;

const serving = present(3, 13);
const fetching = present(1, 11);

type Phase = 'begin' | 'prepare' | 'perform' | 'finish' | 'confirm';

/**
 * Two hosts as the doctor sees and treats them. A failed post-copy goes on only with all five phases in their order, the flags that
 * libvirt 9.0.0 asks for and each cookie in its place; anything else leaves both as they were.
 */
export class PairOfHosts {
  readonly orders: string[] = [];
  readonly truths: Record<End, HostTruth>;
  readonly jobs: Record<End, Job> = { source: 'none', destination: 'none' };
  /** The phase that is refused, as often as it is called. */
  refused: Phase | undefined;
  /** In these words. */
  refusal: string | undefined;
  /** Prepare is not answered, as by QEMU with its main lock held. */
  silent = false;
  uriOut: string | undefined = 'tcp:beta.lab:49152';
  open = 0;
  /** Called when a host is asked for the guest, before it answers. */
  onFind: () => void = () => undefined;
  #next: Phase = 'begin';

  constructor(source: HostTruth, destination: HostTruth) {
    this.truths = { source, destination };
  }

  get hosts(): Record<End, MigrationHost> {
    return { source: this.#host('source'), destination: this.#host('destination') };
  }

  #host(end: End): MigrationHost {
    const name = end === 'source' ? 'alpha.lab' : 'beta.lab';
    const link = (): Promise<MigrationLink> => {
      const truth = this.truths[end];
      if (truth.kind === 'unreachable') return Promise.reject(new Error(truth.message));
      return Promise.resolve(this.#link(end));
    };
    const connect = async (): Promise<MigrationLink> => {
      const opened = await link();
      this.open += 1;
      return opened;
    };
    return { name, control: link, connect };
  }

  #link(end: End): MigrationLink {
    const order = (action: 'resume' | 'destroy' | 'undefine') => (): Promise<void> => {
      this.orders.push(`${action} ${end}`);
      this.truths[end] = after(this.truths[end], action);
      return Promise.resolve();
    };
    const link: Partial<MigrationLink> = {
      close: () => {
        this.open -= 1;
        return Promise.resolve();
      },
      find: () => {
        this.onFind();
        const truth = this.truths[end];
        return Promise.resolve(truth.kind === 'present' ? { dom, ...truth } : undefined);
      },
      jobStats: () => {
        const job = this.jobs[end];
        if (job === 'unknown') return Promise.reject(new Error('no answer'));
        if (job === 'incoming') return Promise.reject(new DaemonError(84, 10, 'only on the source host'));
        return Promise.resolve({ type: job === 'active' ? 2 : 0, stats: new Map() });
      },
      resume: order('resume'),
      destroy: order('destroy'),
      undefine: order('undefine'),
      begin: ({ flags }) => {
        this.#take('begin', end, flags);
        return Promise.resolve({ cookie: new Uint8Array([1]), xml: '<domain/>' });
      },
      prepare: ({ flags, cookie, params }) => {
        if (this.silent) return new Promise(() => undefined);
        this.#take('prepare', end, flags, cookie, 1);
        if (toParameterMap(params).get('destination_xml') !== '<domain/>') this.#refuse('no definition');
        return Promise.resolve({ cookie: new Uint8Array([2]), uri: this.uriOut });
      },
      perform: ({ flags, cookie, params }) => {
        this.#take('perform', end, flags, cookie, 2);
        this.orders.push(`to ${String(toParameterMap(params).get('migrate_uri'))}`);
        this.truths.source = present(3, 12);
        this.truths.destination = present(1, 10);
        return Promise.resolve({ cookie: new Uint8Array([3]) });
      },
      finish: ({ flags, cookie, params, cancelled }) => {
        if (cancelled) this.#letGo('finish', end, flags, new DaemonError(93, 10, 'aborted'));
        this.#take('finish', end, flags, cookie, 3);
        if (toParameterMap(params).get('destination_name') !== dom.name) this.#refuse('no name');
        this.truths.destination = present(1, 2);
        return Promise.resolve({ dom, cookie: new Uint8Array([4]) });
      },
      confirm: ({ flags, cookie, cancelled }) => {
        if (cancelled) this.#letGo('confirm', end, flags);
        else {
          this.#take('confirm', end, flags, cookie, 4);
          this.truths.source = present(5, 4);
        }
        return Promise.resolve();
      },
    };
    return link as MigrationLink;
  }

  #take(phase: Phase, end: End, flags: number, cookie?: Uint8Array, expected?: number): void {
    this.orders.push(`${phase} on ${end}`);
    const next: Record<Phase, Phase> = {
      ...{ begin: 'prepare', prepare: 'perform', perform: 'finish' },
      ...{ finish: 'confirm', confirm: 'begin' },
    };
    if (phase === this.refused || phase !== this.#next || cookie?.[0] !== expected) this.#refuse(phase);
    this.#check(end, flags);
    this.#next = next[phase];
  }

  #letGo(phase: 'finish', end: End, flags: number, answer: DaemonError): never;
  #letGo(phase: 'confirm', end: End, flags: number): void;
  #letGo(phase: Phase, end: End, flags: number, answer?: DaemonError): void {
    this.orders.push(`${phase} on ${end}, cancelled`);
    this.#check(end, flags);
    this.#next = 'begin';
    this.truths.source = serving;
    this.truths.destination = fetching;
    if (answer !== undefined) throw answer;
  }

  #check(end: End, flags: number): void {
    const { live, postcopy, postcopyResume, changeProtection } = migrateFlags;
    const needed = live | postcopy | postcopyResume | (end === 'source' ? changeProtection : 0);
    const hasProtection = (flags & changeProtection) !== 0;
    if ((flags & needed) !== needed || hasProtection !== (end === 'source')) this.#refuse('wrong flags');
  }

  #refuse(what: string): never {
    throw new DaemonError(55, 10, this.refusal ?? `refused: ${what}`);
  }
}

export const failedPostCopy = (): PairOfHosts => new PairOfHosts(serving, fetching);
