import { Exclusive } from '../../../electron/common/exclusive.ts';
import { BadInputError } from '../../../electron/common/errors.ts';
import type { SudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { DeployedHosts } from '../../../electron/deploy/deployed-hosts.ts';
import type { Issuer } from '../../../electron/deploy/deploy.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import type { WizardSnapshot } from '../../../electron/wizard/wizard-snapshot.ts';
import { Wizard } from '../../../electron/wizard/wizard.ts';
import { SimulatedHost } from '../setup/simulated/simulated-host.ts';

/** A simulated host that stands on a board. */
export class BoardHost extends SimulatedHost {
  driver = 'qemu';
  readOnly: { reason: string } | undefined;

  control(): Promise<never> {
    return Promise.reject(new Error('The wizard opens connections of its own.'));
  }
}

const passphrase = () => new Passphrase('planted-passphrase');

/** A wizard over two simulated hosts, with an authority that is unlocked. */
export class SimulatedWizard {
  readonly alpha = new BoardHost('alpha.sim');
  readonly beta = new BoardHost('beta.sim');
  readonly exclusive = new Exclusive();
  readonly snapshots: WizardSnapshot[] = [];
  readonly home: string;
  prompts: SudoPrompts = { interactive: true, askSudoPassword: () => Promise.resolve(undefined) };
  /** Hosts by their ids. */
  readonly board = new Map<string, BoardHost>([
    ['a', this.alpha],
    ['b', this.beta],
  ]);
  readonly #waiting = new Set<() => void>();
  #issuer: Issuer | undefined;
  #opened: Wizard | undefined;

  constructor(home: string) {
    this.home = home;
  }

  get wizard(): Wizard {
    if (this.#opened) return this.#opened;
    throw new Error('It is not open.');
  }

  async makeAuthority(name: string): Promise<void> {
    await new AuthorityStore(this.home).create({ name, key: 'p256', passphrase: passphrase() });
    await this.unlock(name);
  }

  async unlock(name: string): Promise<void> {
    const store = new AuthorityStore(this.home);
    const unlocked = await unlockAuthority(await store.open(name), passphrase());
    this.#issuer = { store, unlocked, known: new DeployedHosts(this.home) };
  }

  /** As at the start of the app. */
  async open(): Promise<Wizard> {
    this.#opened = await Wizard.open(
      {
        home: this.home,
        hosts: {
          host: (hostId) => {
            const host = this.board.get(hostId);
            if (host) return host;
            throw new BadInputError('host-unknown', 'That host is not on the board.');
          },
          idOf: (connectUri) => [...this.board].find(([, host]) => host.connectUri === connectUri)?.[0],
        },
        authorities: {
          issuer: (name) => {
            if (this.#issuer?.unlocked.authority.name === name) return this.#issuer;
            throw new BadInputError('authority-locked', `${name} is locked.`);
          },
        },
        prompts: this.prompts,
        exclusive: this.exclusive,
      },
      (snapshot) => {
        this.snapshots.push(snapshot);
        for (const look of [...this.#waiting]) look();
      },
    );
    return this.#opened;
  }

  /** Asks for work, and waits for its end. */
  async work(ask: (wizard: Wizard) => Promise<void>): Promise<WizardSnapshot> {
    await ask(this.wizard);
    return this.ended();
  }

  ended(): Promise<WizardSnapshot> {
    return new Promise((resolve) => {
      const look = (): void => {
        const snapshot = this.wizard.snapshot();
        if (snapshot.running !== undefined) return;
        this.#waiting.delete(look);
        resolve(snapshot);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    await this.#opened?.close();
    this.#issuer?.unlocked.lock();
    for (const host of [this.alpha, this.beta]) host[Symbol.dispose]();
  }
}
