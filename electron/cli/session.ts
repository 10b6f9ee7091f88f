import { randomUUID } from 'node:crypto';
import { viaductHome } from '../common/home.ts';
import { askingOnce, noSudoPrompts } from '../common/host/sudo-prompts.ts';
import type { PlanOptions } from '../engine/plan.ts';
import { ManagedHost } from '../hosts/managed-host.ts';
import { requireQemu } from '../hosts/require-qemu.ts';
import { resolveConnectUri } from '../hosts/uri-aliases.ts';
import { noPrompts } from '../ssh/prompts.ts';
import { runGuests } from './commands/guests.ts';
import type { DoctorRequest } from './commands/doctor.ts';
import type { HistoryRequest } from './commands/history.ts';
import type { Agreement } from './commands/is-agreed.ts';
import { keepHistory } from './commands/keep-history.ts';
import { runMigrate } from './commands/migrate.ts';
import type { ClientCertificateRequest } from './commands/pki/client-certificate.ts';
import type { CreateAuthorityRequest } from './commands/pki/create-ca.ts';
import type { DeployRequest } from './commands/pki/deploy.ts';
import type { ElsewhereRequest } from './commands/pki/elsewhere.ts';
import type { ImportAuthorityRequest } from './commands/pki/import-ca.ts';
import type { Revoked } from './commands/pki/revoke.ts';
import type { RotateBeginRequest } from './commands/pki/rotate-begin.ts';
import { runPreflightCommand } from './commands/preflight.ts';
import { refusedByError } from './commands/refusal.ts';
import type { MigrationLoginFlags } from './commands/host/migration-login.ts';
import type { ChangeRequest, PrepareRequest } from './commands/host/request.ts';
import type { ReviewArguments } from './commands/review-and-report.ts';
import type { IdentityFlags } from './identity-options.ts';
import type { ChosenIdentity } from './one-time-identity.ts';
import { writeJsonLine } from './output/json-lines.ts';
import { printable } from './output/printable.ts';
import { confirmOnTerminal, terminalPrompts, terminalSudoPrompts } from './terminal-prompts.ts';

export interface MoveRequest {
  guest: string;
  source: string;
  destination: string;
  options: PlanOptions;
  identity?: IdentityFlags;
  json: boolean;
}

/** What one run of the command does: opens what it needs, and closes it again however it ends. */
export class CliSession {
  exitCode = 0;
  readonly #signal: AbortSignal;
  readonly #version: string;

  constructor(signal: AbortSignal, version: string) {
    this.#signal = signal;
    this.#version = version;
  }

  guests(connectUri: string, json: boolean, readOnly: boolean): Promise<void> {
    return this.#with([connectUri], ([host]) => runGuests(host, json, this.#signal), readOnly);
  }

  preflight(request: MoveRequest): Promise<void> {
    return this.#withPair(request, runPreflightCommand, false);
  }

  /** A run that was asked for JSON ends with a result line whatever happens. */
  async migrate(request: MoveRequest): Promise<void> {
    const startedAt = new Date();
    try {
      await this.#withPair(request, runMigrate, true);
    } catch (error) {
      const { guest, options, json } = request;
      const source = { name: request.source, connectUri: request.source };
      const destination = { name: request.destination, connectUri: request.destination };
      const result = refusedByError(error, { guest, options, source, destination });
      const asked = { id: randomUUID(), result, source, destination, options, review: undefined, startedAt };
      await keepHistory(asked, { quiet: true });
      if (json) writeJsonLine('result', result);
      throw error;
    }
  }

  async recover(json: boolean): Promise<void> {
    const { runRecover } = await import('./commands/recover.ts');
    await this.#withOpener((open) => runRecover({ ...this.#onHosts(), json, open, signal: this.#signal }));
  }

  async doctor(
    { source, destination, ...request }: DoctorRequest & { source: string; destination: string },
    yes: boolean,
  ): Promise<void> {
    const { runDoctor } = await import('./commands/doctor.ts');
    await this.#with([source, destination], (hosts) => {
      hosts.forEach(requireQemu);
      const [from, to] = hosts;
      return runDoctor({
        ...request,
        ...this.#agreement(yes),
        home: viaductHome(),
        source: from,
        destination: to,
        signal: this.#signal,
      });
    });
  }

  async history(request: HistoryRequest): Promise<void> {
    const { runHistory } = await import('./commands/history.ts');
    this.exitCode = await runHistory(viaductHome(), request);
  }

  async serve(port: number, openBrowser: boolean): Promise<void> {
    // Loaded here: the other commands need neither a WebSocket nor the screen's contract.
    const { runServe } = await import('./commands/serve.ts');
    const home = viaductHome();
    this.exitCode = await runServe({ home, version: this.#version, port, openBrowser, signal: this.#signal });
  }

  async createAuthority(request: CreateAuthorityRequest): Promise<void> {
    // Loaded here, as above: the other commands need no library for certificates.
    const { runCreateAuthority } = await import('./commands/pki/create-ca.ts');
    this.exitCode = await runCreateAuthority(viaductHome(), request);
  }

  async pkiStatus(connectUris: readonly string[], json: boolean): Promise<void> {
    if (connectUris.length > 0) {
      const { runHostsStatus } = await import('./commands/pki/deploy-status.ts');
      await this.#with(connectUris, (hosts) => runHostsStatus(hosts, { json, ...this.#onHosts() }));
      return;
    }
    const { runPkiStatus } = await import('./commands/pki/status.ts');
    this.exitCode = await runPkiStatus(viaductHome(), json);
  }

  async pkiDeploy(
    what: 'deploy' | 'renew',
    connectUris: readonly string[],
    request: Pick<DeployRequest, 'passphraseFile' | 'ca' | 'key' | 'json'>,
  ): Promise<void> {
    const { runDeploy } = await import('./commands/pki/deploy.ts');
    await this.#with(connectUris, (hosts) => runDeploy(what, hosts, { ...request, ...this.#onHosts() }));
  }

  async pkiUndo(connectUri: string, json: boolean): Promise<void> {
    const { runPkiUndo } = await import('./commands/pki/undo.ts');
    await this.#with([connectUri], ([host]) => runPkiUndo(host, { json, ...this.#onHosts() }));
  }

  async pkiClientCertificate(request: Omit<ClientCertificateRequest, 'home'>): Promise<void> {
    const { runClientCertificate } = await import('./commands/pki/client-certificate.ts');
    this.exitCode = await runClientCertificate({ ...request, home: viaductHome() });
  }

  async pkiRevoke(
    revoked: Revoked,
    request: Pick<DeployRequest, 'passphraseFile' | 'ca' | 'json'>,
  ): Promise<void> {
    const { runRevoke } = await import('./commands/pki/revoke.ts');
    await this.#withOpener((open) => runRevoke(revoked, open, { ...request, ...this.#onHosts() }));
  }

  async importAuthority(request: ImportAuthorityRequest): Promise<void> {
    const { runImportAuthority } = await import('./commands/pki/import-ca.ts');
    this.exitCode = await runImportAuthority(viaductHome(), request);
  }

  async pkiElsewhere(
    what: 'request' | 'accept',
    connectUris: readonly string[],
    request: Pick<ElsewhereRequest, 'folder' | 'ca' | 'json'>,
  ): Promise<void> {
    const { runAccept, runRequest } = await import('./commands/pki/elsewhere.ts');
    const run = what === 'request' ? runRequest : runAccept;
    await this.#with(connectUris, (hosts) => run(hosts, { ...request, ...this.#onHosts() }));
  }

  async pkiRotateBegin(request: RotateBeginRequest): Promise<void> {
    const { runRotateBegin } = await import('./commands/pki/rotate-begin.ts');
    this.exitCode = await runRotateBegin(viaductHome(), request);
  }

  async pkiRotate(
    what: 'next' | 'finish',
    connectUris: readonly string[],
    request: Pick<DeployRequest, 'passphraseFile' | 'ca' | 'json'>,
  ): Promise<void> {
    const { runRotateFinish, runRotateNext } = await import('./commands/pki/rotate.ts');
    const full = { ...request, ...this.#onHosts() };
    await this.#withOpener((open) =>
      what === 'next' ? runRotateNext(connectUris, open, full) : runRotateFinish(open, full),
    );
  }

  async pkiRotateStatus(request: Pick<DeployRequest, 'ca' | 'json'>): Promise<void> {
    const { runRotateStatus } = await import('./commands/pki/rotate.ts');
    await this.#withOpener((open) => runRotateStatus(open, { ...request, ...this.#onHosts() }));
  }

  async pkiValidate(connectUris: readonly string[], json: boolean): Promise<void> {
    const { runValidate } = await import('./commands/pki/validate.ts');
    await this.#with(connectUris, (hosts) => runValidate(hosts, { json, ...this.#onHosts() }));
  }

  async pkiRehearse(source: string, destination: string, json: boolean): Promise<void> {
    const { runRehearse } = await import('./commands/pki/rehearse.ts');
    await this.#with([source, destination], (hosts) => {
      hosts.forEach(requireQemu);
      const [from, to] = hosts;
      return runRehearse({ source: from, destination: to, json, signal: this.#signal });
    });
  }

  #onHosts(): Pick<DeployRequest, 'home' | 'prompts' | 'signal'> {
    const prompts = askingOnce(isTerminal() ? terminalSudoPrompts : noSudoPrompts);
    return { home: viaductHome(), prompts, signal: this.#signal };
  }

  // Loaded as they are used: the other commands need nothing of host setup.
  async hostInspect(connectUri: string, json: boolean): Promise<void> {
    const { runHostInspect } = await import('./commands/host/inspect.ts');
    await this.#with([connectUri], ([host]) =>
      runHostInspect(host, this.#changeRequest({ yes: false, json })),
    );
  }

  async hostPrepare(
    connectUris: readonly string[],
    request: Pick<PrepareRequest, 'yes' | 'json' | 'wishes' | 'allowOnlyKnown'> & {
      login: MigrationLoginFlags;
    },
  ): Promise<void> {
    const { runHostPrepare } = await import('./commands/host/prepare.ts');
    const { readMigrationLogin } = await import('./commands/host/migration-login.ts');
    const { wishes, allowOnlyKnown, login } = request;
    const migrationLogin = await readMigrationLogin(login, connectUris.length, warn);
    await this.#with(connectUris, (hosts) =>
      runHostPrepare(hosts, {
        ...this.#changeRequest(request),
        ...{ wishes, allowOnlyKnown },
        ...(migrationLogin && { migrationLogin }),
      }),
    );
  }

  async hostUndo(connectUri: string, request: Pick<ChangeRequest, 'yes' | 'json'>): Promise<void> {
    const { runHostUndo } = await import('./commands/host/undo.ts');
    await this.#with([connectUri], ([host]) => runHostUndo(host, this.#changeRequest(request)));
  }

  #changeRequest({ yes, json }: Pick<ChangeRequest, 'yes' | 'json'>): ChangeRequest {
    return {
      ...this.#agreement(yes),
      home: viaductHome(),
      json,
      signal: this.#signal,
      prompts: askingOnce(isTerminal() ? terminalSudoPrompts : noSudoPrompts),
    };
  }

  #agreement(yes: boolean): Agreement {
    const confirm = (question: string) => confirmOnTerminal(question, this.#signal);
    return { yes, confirm: isTerminal() ? confirm : undefined };
  }

  async #chooseIdentity(flags: IdentityFlags, moves: boolean): Promise<ChosenIdentity | undefined> {
    if ((flags.oneTimeIdentity ?? flags.ca ?? flags.passphraseFile) === undefined) return undefined;
    // Loaded here: other moves need no library for certificates.
    const { chooseIdentity } = await import('./one-time-identity.ts');
    return chooseIdentity(viaductHome(), flags, moves, warn);
  }

  async #withPair(
    { source, destination, identity: flags = {}, options, ...rest }: MoveRequest,
    run: (request: ReviewArguments) => Promise<number>,
    moves: boolean,
  ): Promise<void> {
    const chosen = await this.#chooseIdentity(flags, moves);
    try {
      await this.#with([source, destination], async (hosts) => {
        hosts.forEach(requireQemu);
        const [from, to] = hosts;
        const identity = await chosen?.plan(from, to.name, this.#onHosts().prompts);
        const asked = { ...options, oneTimeIdentity: chosen?.authority };
        return run({
          ...rest,
          options: asked,
          identity,
          source: from,
          destination: to,
          signal: this.#signal,
        });
      });
    } finally {
      chosen?.lock();
    }
  }

  #with<const U extends readonly string[]>(
    connectUris: U,
    run: (hosts: { [K in keyof U]: ManagedHost }) => Promise<number>,
    readOnly = false,
  ): Promise<void> {
    return this.#withOpener(async (open) => {
      const hosts = await Promise.all(connectUris.map(open));
      // One host for each URI, in order.
      return run(hosts as { [K in keyof U]: ManagedHost });
    }, readOnly);
  }

  /** For commands that learn only as they go which hosts they need. */
  async #withOpener(
    run: (open: (connectUri: string) => Promise<ManagedHost>) => Promise<number>,
    readOnly = false,
  ): Promise<void> {
    const setting = {
      readOnly,
      home: viaductHome(),
      prompts: isTerminal() ? terminalPrompts : noPrompts,
    };
    const hosts: ManagedHost[] = [];
    const open = async (connectUri: string): Promise<ManagedHost> => {
      const host = new ManagedHost(await resolveConnectUri(connectUri), setting);
      hosts.push(host);
      return host;
    };
    try {
      this.exitCode = await run(open);
    } finally {
      for (const { name, notes } of hosts) {
        for (const note of notes) process.stderr.write(`${name}: ${printable(note)}\n`);
      }
      await Promise.all(hosts.map((host) => host.close()));
    }
  }
}

function warn(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** Whether somebody can be asked. */
function isTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}
