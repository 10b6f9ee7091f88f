import { AuthorityDesk } from '../authorities/authority-desk.ts';
import type { PassphraseVault } from '../authorities/passphrase-vault.ts';
import { Exclusive } from '../common/exclusive.ts';
import { History } from '../engine/history/history.ts';
import { Journals } from '../engine/journal/journals.ts';
import { ManagedHost } from '../hosts/managed-host.ts';
import { HostRegistry } from '../hosts/host-registry.ts';
import { Wizard } from '../wizard/wizard.ts';
import type { Backend } from './backend.ts';
import type { Handlers } from './contract.ts';
import { Clients } from './clients.ts';
import { createDispatch } from './dispatch.ts';
import { DoctorDesk } from './doctor/doctor-desk.ts';
import { EventHub } from './event-hub.ts';
import { boardHosts, keepCertificatesTrue } from './certificates/board.ts';
import { CertificatesDesk } from './certificates/certificates-desk.ts';
import { authorityHandlers } from './handlers/authority-handlers.ts';
import { certificateHandlers } from './handlers/certificate-handlers.ts';
import { doctorHandlers } from './handlers/doctor-handlers.ts';
import { historyHandlers } from './handlers/history-handlers.ts';
import { hostHandlers } from './handlers/host-handlers.ts';
import { migrationHandlers } from './handlers/migration-handlers.ts';
import { terminalHandlers } from './handlers/terminal-handlers.ts';
import { wizardHandlers } from './handlers/wizard-handlers.ts';
import { HistoryDesk } from './history/history-desk.ts';
import { Identities } from './migrations/identities.ts';
import { MigrationDesk } from './migrations/migration-desk.ts';
import { RecoveryDesk } from './migrations/recovery-desk.ts';
import { ReviewDesk } from './migrations/review-desk.ts';
import { PromptDesk } from './prompt-desk.ts';

export interface BackendOptions {
  /** The folder of all state. */
  home: string;
  shell: 'desktop' | 'browser';
  version: string;
  /** Where this shell remembers the passphrases of authorities. */
  vault: PassphraseVault;
  /** Told of what another run of the app left and this one cannot take up, in sentences. */
  tell: (sentence: string) => void;
}

/**
 * Wires hosts, engine and prompts to the contract: what both shells carry.
 *
 * @throws ViaductError when the saved state cannot be read.
 */
export async function createBackend(options: BackendOptions): Promise<Backend> {
  const { home, shell, version, vault, tell } = options;
  const events = new EventHub();
  const desk = new PromptDesk(events);
  const setting = { home, prompts: desk.prompts };
  const registry = await HostRegistry.open(setting, {
    changed: (state) => events.emit('host', state),
    guestsChanged: (changes) => events.emit('guests', changes),
    removed: (hostId) => events.emit('hostRemoved', { hostId }),
  });
  const history = new HistoryDesk(new History(home), events);
  const exclusive = new Exclusive();
  const authorities = new AuthorityDesk({
    home,
    vault,
    changed: (snapshot) => events.emit('authorities', snapshot),
  });
  const identities = new Identities({ home, authorities, prompts: desk.sudoPrompts });
  const reviews = new ReviewDesk(registry, events, identities);
  const journals = new Journals(home);
  const migrations = new MigrationDesk({ registry, reviews, history, events, identities, journals });
  const recovery = new RecoveryDesk({
    ...{ journals, registry, migrations, tell },
    prompts: desk.sudoPrompts,
    open: (connectUri) => new ManagedHost(connectUri, setting),
  });
  const doctor = new DoctorDesk({
    ...{ registry, migrations, journals },
    changed: (snapshot) => events.emit('doctor', snapshot),
  });
  const certificates = new CertificatesDesk({
    home,
    board: () => boardHosts(registry),
    open: (connectUri) => new ManagedHost(connectUri, setting),
    authorities,
    exclusive,
    sudoPrompts: desk.sudoPrompts,
    changed: (snapshot) => events.emit('certificates', snapshot),
  });
  keepCertificatesTrue(events, certificates);
  const wizard = await Wizard.open(
    {
      home,
      hosts: {
        host: (hostId) => registry.monitor(hostId).host,
        idOf: (connectUri) => registry.snapshots().find((host) => host.connectUri === connectUri)?.id,
      },
      authorities,
      prompts: desk.sudoPrompts,
      exclusive,
    },
    (snapshot) => events.emit('wizard', snapshot),
  );
  const handlers: Handlers = {
    'app.info': () => Promise.resolve({ version, shell }),
    'prompts.list': () => Promise.resolve({ prompts: desk.list() }),
    'prompts.answer': ({ promptId, answer }) => {
      desk.answer(promptId, answer);
      return Promise.resolve({});
    },
    ...hostHandlers(registry),
    ...migrationHandlers(registry, reviews, migrations),
    ...historyHandlers(history),
    ...doctorHandlers(doctor),
    ...terminalHandlers(registry),
    ...authorityHandlers(authorities),
    ...certificateHandlers(certificates),
    ...wizardHandlers(wizard),
  };
  void recovery.start();
  const clients = new Clients(events, createDispatch(handlers));
  return {
    attach: (listener) => clients.attach(listener),
    subscribe: (listener) => events.subscribe(listener),
    running: () => migrations.running() + (exclusive.changesHosts ? 1 : 0) + (doctor.isActing ? 1 : 0),
    close: async () => {
      desk.close();
      await clients.close();
      reviews.closeAll();
      await doctor.close();
      await recovery.close();
      await migrations.close();
      await wizard.close();
      await certificates.close();
      authorities.close();
      await registry.close();
    },
  };
}
