import { createContext } from 'svelte';
import type { GuestSnapshot, HostSnapshot } from '../../electron/ipc/views.ts';
import type { Channel } from '../bridge.ts';
import { AuthoritiesController } from './authorities.svelte.ts';
import { CertificatesController } from './certificates.svelte.ts';
import { DoctorController, type Suspect } from './doctor.svelte.ts';
import { HistoryController } from './history.svelte.ts';
import { HostsController } from './hosts.svelte.ts';
import { MigrationsController } from './migrations.svelte.ts';
import { MovesController } from './moves.svelte.ts';
import { NoticesController } from './notices.svelte.ts';
import { PanelController } from './panel.svelte.ts';
import { PromptsController } from './prompts.svelte.ts';
import { ReviewController } from './review.svelte.ts';
import { TerminalsController } from './terminals.svelte.ts';
import { ThemeController } from './theme.svelte.ts';
import { WizardController } from './wizard.svelte.ts';

export const viewNames = [
  'board',
  'migrations',
  'doctor',
  'certificates',
  'history',
  'settings',
  'wizard',
] as const;
export type ViewName = (typeof viewNames)[number];

/** All that the components read and act on, wired once over the channel. */
export class Screen {
  readonly notices = new NoticesController();
  readonly theme = new ThemeController();
  readonly panel = new PanelController();
  readonly hosts: HostsController;
  readonly migrations: MigrationsController;
  readonly doctor: DoctorController;
  readonly history: HistoryController;
  readonly authorities: AuthoritiesController;
  readonly certificates: CertificatesController;
  readonly prompts: PromptsController;
  readonly review: ReviewController;
  readonly moves: MovesController;
  readonly terminals: TerminalsController;
  readonly wizard: WizardController;
  readonly channel: Channel;
  view = $state<ViewName>('board');
  /** Where leaving the wizard leads back to. */
  #cameFrom: ViewName = 'board';
  link = $state<'up' | 'down'>('up');
  /** The words in the board's search field. */
  filter = $state('');
  addingHost = $state.raw<'closed' | 'by address' | 'from ssh config'>('closed');

  constructor(channel: Channel) {
    this.channel = channel;
    this.hosts = new HostsController(channel, this.notices);
    this.migrations = new MigrationsController(channel, this.notices);
    this.doctor = new DoctorController(channel, this.hosts);
    this.history = new HistoryController(channel, this.notices);
    this.authorities = new AuthoritiesController(channel, this.notices);
    this.certificates = new CertificatesController(channel, this.notices);
    this.prompts = new PromptsController(channel, this.notices);
    this.review = new ReviewController(channel);
    this.moves = new MovesController(channel, this.panel, this.review, this.notices);
    this.terminals = new TerminalsController(channel);
    this.wizard = new WizardController(channel, this.notices);
    channel.onLink((state) => {
      this.link = state;
      if (state === 'up') this.refresh();
    });
  }

  /** Asks for everything anew; what is shown stays until the answers replace it. */
  refresh(): void {
    const lists = [
      this.hosts.refresh(),
      this.migrations.refresh(),
      this.doctor.refresh(),
      this.prompts.refresh(),
      this.authorities.refresh(),
      this.certificates.refresh(),
      this.wizard.refresh(),
      ...(this.view === 'history' ? [this.history.refresh()] : []),
    ];
    Promise.all(lists).catch((error: unknown) => this.notices.report(error));
  }

  openConsole(host: HostSnapshot, guest: GuestSnapshot): void {
    const title = `${guest.name} on ${host.name}`;
    this.terminals.open({ kind: 'guest-console', hostId: host.id, guestUuid: guest.uuid, title });
  }

  showMigration(migrationId: string): void {
    this.panel.show({ kind: 'migration', migrationId });
  }

  showReceipt(id: string): void {
    this.panel.show({ kind: 'receipt', id });
    void this.history.open(id);
  }

  /** Opens the doctor's page for a guest, and asks both hosts where it is plain which two. */
  openDoctor(suspect: Suspect): void {
    this.closePanel();
    this.view = 'doctor';
    this.doctor.open(suspect);
  }

  /** Opens the calendar at a host. */
  showCertificates(hostName: string): void {
    this.certificates.wanted = hostName;
    this.closePanel();
    this.view = 'certificates';
  }

  /** Opens the guided wizard where it was left; `hostIds` are the hosts that it is to be about. */
  openWizard(hostIds: readonly string[] = []): void {
    if (this.view !== 'wizard') this.#cameFrom = this.view;
    this.closePanel();
    this.view = 'wizard';
    void this.wizard.open(hostIds);
  }

  leaveWizard(): void {
    this.view = this.#cameFrom;
  }

  closePanel(): void {
    this.review.close();
    this.panel.close();
  }
}

export const [getScreen, setScreen] = createContext<Screen>();
