import type { AuthorityDesk } from '../../authorities/authority-desk.ts';
import { BadInputError } from '../../common/errors.ts';
import type { Exclusive } from '../../common/exclusive.ts';
import { askingOnce, type SudoPrompts } from '../../common/host/sudo-prompts.ts';
import type { Issuer } from '../../deploy/deploy.ts';
import { renew } from '../../deploy/renew.ts';
import type { DeployOptions } from '../../deploy/pki-host.ts';
import { AuthorityStore } from '../../pki/authority-store.ts';
import type { SetupHost } from '../../setup/setup-host.ts';
import { listed } from '../../wizard/words.ts';
import { calendarGroups, careCount } from './calendar-groups.ts';
import type { CertificatesSnapshot, CertificatesWork } from './certificate-views.ts';
import { HostLooks, quietPrompts, type BoardHost } from './host-looks.ts';
import { readLedgers, type LedgerFacts } from './read-ledgers.ts';
import { revokeEverywhere } from './revoke-everywhere.ts';
import { RunningWork } from './running-work.ts';

export interface CertificatesDeskOptions {
  home: string;
  board: () => readonly BoardHost[];
  /** Opens a host that is not on the board; it is closed when the work is done. */
  open: (connectUri: string) => SetupHost & { close(): Promise<void> };
  authorities: Pick<AuthorityDesk, 'issuer'>;
  exclusive: Exclusive;
  sudoPrompts: SudoPrompts;
  changed: (snapshot: CertificatesSnapshot) => void;
  now?: () => Date;
}

const lookAgainMs = 10 * 60_000;
/** How often the stages are looked at anew: an app that runs for weeks counts down as well. */
const recheckMs = 3_600_000;

/** The expiry calendar of all hosts, and what is done about it: looked at, renewed, revoked; one thing at a time. */
export class CertificatesDesk {
  readonly #options: CertificatesDeskOptions;
  readonly #store: AuthorityStore;
  readonly #now: () => Date;
  readonly #looks: HostLooks;
  readonly #timer: NodeJS.Timeout;
  #facts: LedgerFacts | undefined;
  #reading: Promise<LedgerFacts> | undefined;
  #work: RunningWork | undefined;
  #quietLook: { stop: AbortController; ended: Promise<void> } | undefined;
  #generation = 0;
  /** What was told last, but its number. */
  #told = '';

  constructor(options: CertificatesDeskOptions) {
    this.#options = options;
    this.#store = new AuthorityStore(options.home);
    this.#now = options.now ?? (() => new Date());
    this.#looks = new HostLooks(this.#now, () => this.#publish());
    this.#timer = setInterval(() => void this.recheck(), recheckMs).unref();
  }

  async get(): Promise<CertificatesSnapshot> {
    await this.recheck();
    return { ...this.#content(), generation: this.#generation };
  }

  /**
   * Reads the ledgers anew and sees what time has done; tells when something is different. Hosts for which something
   * was issued since they were looked at are looked at again. Never rejects.
   */
  async recheck(): Promise<void> {
    await this.#read();
    this.#publish();
    const { outdated } = this.#looks;
    if (outdated.size > 0)
      this.#lookQuietly(this.#options.board().filter(({ host }) => outdated.has(host.name)));
  }

  /** @throws BadInputError `busy`, `host-unknown`. */
  look({ hostIds, mayAsk }: { hostIds?: readonly string[] | undefined; mayAsk: boolean }): void {
    const hosts = hostIds === undefined ? this.#options.board() : hostIds.map((id) => this.#onBoard(id));
    if (!mayAsk) {
      this.#lookQuietly(hosts);
      return;
    }
    const owners = hosts.map(({ host }) => host.name);
    this.#begin('look', owners, `Looking at ${listed(owners)} ...`, async (options) => {
      await this.#read();
      await this.#looks.look(hosts, options.prompts, options.signal, options.tell);
      await this.#read();
    });
  }

  /**
   * New keys and certificates with the names of the old ones.
   *
   * @throws BadInputError `busy`, `host-unknown`, `read-only`, `host-revoked`, `deploy-nothing-issued`; ViaductError
   * `authority-locked`; {PkiError} `key-elsewhere`.
   */
  async renew(hostIds: readonly string[]): Promise<void> {
    this.#options.exclusive.requireFree();
    const hosts = [...new Set(hostIds)].map((id) => this.#changeable(id));
    const facts = await this.#read();
    const byAuthority = new Map<string, BoardHost[]>();
    for (const one of hosts) {
      const name = renewingAuthority(one.host.name, facts);
      byAuthority.set(name, [...(byAuthority.get(name) ?? []), one]);
    }
    const parts: { issuer: Issuer; hosts: SetupHost[] }[] = [];
    for (const [name, its] of byAuthority) {
      parts.push({ issuer: await this.#issuer(name), hosts: its.map(({ host }) => host) });
    }
    const owners = hosts.map(({ host }) => host.name);
    this.#begin(
      'renew',
      owners,
      `Renewing the certificates of ${listed(owners)} ...`,
      async (options, work) => {
        try {
          for (const part of parts) await renew(part.hosts, part.issuer, work.report, options);
        } finally {
          await this.#lookAfter(hosts, options);
        }
      },
    );
  }

  /**
   * Revokes all that was issued for a host, tells every other host, and lets it try to get in.
   *
   * @throws BadInputError `busy`, `deploy-nothing-issued`, `read-only`; ViaductError `authority-locked`; {PkiError}
   * `key-elsewhere`.
   */
  async revoke(owner: string): Promise<void> {
    const { exclusive, board, open } = this.#options;
    exclusive.requireFree();
    const facts = await this.#read();
    const names = facts.issuers.get(owner) ?? [];
    if (names.length === 0) throw nothingIssued(owner);
    const issuers: Issuer[] = [];
    for (const name of names) issuers.push(await this.#issuer(name));
    this.#begin('revoke', [owner], `Revoking the certificates of ${owner} ...`, async (options, work) => {
      try {
        await revokeEverywhere(
          owner,
          issuers,
          { board: board(), uris: facts.uris, open },
          work.report,
          options,
        );
      } finally {
        await this.#read();
      }
    });
  }

  /** Stops what runs where nothing is left half done. */
  cancel(): void {
    this.#work?.cancel();
  }

  /** @throws BadInputError `busy` while it runs. */
  dismiss(): void {
    if (this.#work?.isRunning === true) this.#options.exclusive.requireFree();
    this.#work = undefined;
    this.#publish();
  }

  /** Stops what runs, and waits until it has ended. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.cancel();
    this.#quietLook?.stop.abort();
    await Promise.all([this.#work?.ended, this.#quietLook?.ended]);
  }

  #begin(
    kind: CertificatesWork['kind'],
    owners: readonly string[],
    sentence: string,
    run: (options: Required<DeployOptions> & { signal: AbortSignal }, work: RunningWork) => Promise<void>,
  ): void {
    const { exclusive, sudoPrompts } = this.#options;
    const free = exclusive.take(sentences[kind], { changesHosts: kind !== 'look' });
    this.#quietLook?.stop.abort();
    const work = new RunningWork(
      { kind, owners: [...owners], sentence, startedAtMs: this.#now().getTime() },
      () => this.#publish(),
    );
    this.#work = work;
    const options = { prompts: askingOnce(sudoPrompts), signal: work.signal, tell: work.tell };
    work.run(async () => {
      try {
        await run(options, work);
      } finally {
        free();
      }
    });
  }

  /** While something runs there is no quiet look, and it makes room for what is asked for. */
  #lookQuietly(hosts: readonly BoardHost[]): void {
    if (this.#quietLook !== undefined || this.#options.exclusive.isHeld) return;
    const oldMs = this.#now().getTime() - lookAgainMs;
    const due = hosts.filter(
      ({ host, isConnected }) => isConnected && (this.#looks.all.get(host.name)?.triedAtMs ?? 0) <= oldMs,
    );
    if (due.length === 0) return;
    const stop = new AbortController();
    const ended = this.#looks
      .look(due, quietPrompts, stop.signal)
      .catch(() => undefined)
      .finally(() => (this.#quietLook = undefined));
    this.#quietLook = { stop, ended };
  }

  /** What a change has led to; a host that cannot be looked at says so at its place. */
  async #lookAfter(
    hosts: readonly BoardHost[],
    { prompts, signal, tell }: Required<DeployOptions>,
  ): Promise<void> {
    await this.#read();
    if (signal?.aborted !== false) return;
    await this.#looks.look(hosts, prompts, signal, tell);
  }

  #onBoard(hostId: string): BoardHost {
    const found = this.#options.board().find((one) => one.hostId === hostId);
    if (found !== undefined) return found;
    throw new BadInputError('host-unknown', 'That host is not on the board.', { side: 'client' });
  }

  #changeable(hostId: string): BoardHost {
    const found = this.#onBoard(hostId);
    if (found.readOnly !== undefined)
      throw new BadInputError('read-only', found.readOnly, { side: 'client' });
    return found;
  }

  async #issuer(name: string): Promise<Issuer> {
    (await this.#store.open(name)).requireKey();
    return this.#options.authorities.issuer(name);
  }

  /** Read once for all that ask meanwhile. */
  async #read(): Promise<LedgerFacts> {
    this.#reading ??= readLedgers(this.#options.home, this.#store, this.#now()).finally(() => {
      this.#reading = undefined;
    });
    const facts = await this.#reading;
    for (const owner of issuedAnew(this.#facts, facts)) this.#looks.drop(owner);
    this.#facts = facts;
    return facts;
  }

  #content(): Omit<CertificatesSnapshot, 'generation'> {
    const work = this.#work?.snapshot;
    if (this.#facts === undefined) return { groups: [], careCount: 0, work, problems: [] };
    const board = this.#options.board().map(({ hostId, host }) => ({ hostId, name: host.name }));
    const { all: looks, beingLookedAt } = this.#looks;
    const groups = calendarGroups({ facts: this.#facts, board, looks, beingLookedAt }, this.#now());
    return { groups, careCount: careCount(groups), work, problems: this.#facts.problems };
  }

  #publish(): void {
    if (this.#facts === undefined) return;
    const content = this.#content();
    const text = JSON.stringify(content);
    if (text === this.#told) return;
    this.#told = text;
    this.#generation += 1;
    this.#options.changed({ ...content, generation: this.#generation });
  }
}

/** The hosts for which other certificates are in force than before. */
function issuedAnew(before: LedgerFacts | undefined, after: LedgerFacts): string[] {
  if (before === undefined || before === after) return [];
  const known = new Set(before.issued.map(({ fingerprint }) => fingerprint));
  return after.issued.flatMap(({ owner, fingerprint }) => (known.has(fingerprint) ? [] : [owner]));
}

const sentences: Readonly<Record<CertificatesWork['kind'], string>> = {
  look: 'hosts are being looked at',
  renew: 'certificates are being renewed',
  revoke: 'certificates are being revoked',
};

function renewingAuthority(owner: string, { issuers, revokedHosts }: LedgerFacts): string {
  const [newest] = issuers.get(owner) ?? [];
  if (newest === undefined) throw nothingIssued(owner);
  if (!revokedHosts.has(owner)) return newest;
  throw new BadInputError('host-revoked', `The certificates of ${owner} were revoked, and are not renewed.`, {
    side: 'client',
    remedy: 'If it is to take part again, give it new ones with "Secure hosts".',
  });
}

function nothingIssued(owner: string): BadInputError {
  return new BadInputError('deploy-nothing-issued', `No certificate was issued for ${owner}.`, {
    side: 'client',
    remedy: 'Give it its first certificates with "Secure hosts".',
  });
}
