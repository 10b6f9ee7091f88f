import { hostname } from 'node:os';
import {
  readAuthConf,
  type CredentialRequest,
  type Credentials,
  type LoginOptions,
  type ParsedUri,
} from '../libvirt/index.ts';
import type { HostPrompts } from './host-prompts.ts';
import type { Route } from './routes/route.ts';

/** One login at the daemon. */
export interface Login {
  readonly options: LoginOptions;
  /** To be called once we are in: what let us in is used again when the connection comes back by itself. */
  succeeded(): void;
}

/**
 * Where a host's user name and password come from: what let us in before, libvirt's credentials file, a person.
 *
 * What worked stays in memory for as long as the host is in use, and nowhere else: connections are opened again after
 * a lost link and for each migration, when nobody may be there to answer.
 */
export class HostLogin {
  readonly #uri: ParsedUri;
  readonly #prompts: HostPrompts;
  #worked: Credentials | undefined;
  #warnings: readonly string[] = [];
  #question: Promise<Credentials | undefined> | undefined;

  constructor(uri: ParsedUri, prompts: HostPrompts) {
    this.#uri = uri;
    this.#prompts = prompts;
  }

  get notes(): readonly string[] {
    return this.#warnings;
  }

  begin(route: Pick<Route, 'encrypted' | 'security'>): Login {
    const { server, parameters } = this.#uri;
    const sources = [() => Promise.resolve(this.#worked), () => this.#fromFile()];
    let given: Credentials | undefined;
    const credentials = async (request: CredentialRequest): Promise<Credentials | undefined> => {
      given = undefined;
      for (let next = sources.shift(); given === undefined && next !== undefined; next = sources.shift()) {
        given = await next();
      }
      given ??= await this.#ask(request);
      return given;
    };
    return {
      options: {
        // Whoever is at the other end could read a password if nobody checked who that is.
        transportEncrypted: route.encrypted && route.security.level !== 'unverified',
        server: server ?? hostname(),
        method: parameters.auth,
        credentials,
      },
      succeeded: () => (this.#worked = given ?? this.#worked),
    };
  }

  /** Forgets what worked. */
  forget(): void {
    this.#worked = undefined;
  }

  async #fromFile(): Promise<Credentials | undefined> {
    const { server = 'localhost', parameters } = this.#uri;
    const { credentials, warnings } = await readAuthConf(server, parameters.authfile);
    this.#warnings = warnings;
    return credentials;
  }

  /** One question for all connections that wait for its answer. */
  #ask({ mechanism, attempt, signal }: CredentialRequest): Promise<Credentials | undefined> {
    const { server = 'localhost', transport, user } = this.#uri;
    // With ssh the user of the URI is the one who logs in to the host, which is another matter.
    const known = transport === 'ssh' ? undefined : user;
    const ask = async (): Promise<Credentials | undefined> =>
      this.#prompts.askLogin?.({ host: server, mechanism, user: known, attempt }, signal);
    this.#question ??= ask().finally(() => (this.#question = undefined));
    return this.#question;
  }
}
