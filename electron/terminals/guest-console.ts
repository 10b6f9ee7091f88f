import { messageOf, ViaductError } from '../common/errors.ts';
import type { HostAccess } from '../hosts/host-access.ts';
import {
  domainByUuid,
  domainState,
  domainStates,
  errorCodes,
  isLibvirtError,
  openConsole,
  type DomainRef,
  type LibvirtClient,
  type RpcStream,
} from '../libvirt/index.ts';
import type { TerminalSource } from './terminal-source.ts';

export interface ConsoleRequest {
  guestUuid: string;
  /** Takes it over from whoever has it open. */
  force: boolean;
}

/** How long a guest's end may take to be known after its console has ended by it. */
const noticedMs = 2000;

/**
 * A guest's first serial console, over a connection of its own.
 *
 * @throws ViaductError `console-busy` when somebody has it open; what the host has against it otherwise
 */
export async function openGuestConsole(
  host: HostAccess,
  { guestUuid, force }: ConsoleRequest,
  signal: AbortSignal,
): Promise<TerminalSource> {
  const client = await host.connect(signal);
  try {
    const dom = await domainByUuid(client, guestUuid, { signal });
    const changes = new Changes();
    await client.onDomainEvent('lifecycle', () => changes.tell(), { domain: dom, signal });
    const stream = await openConsole(client, dom, { force }, { signal });
    return new GuestConsole(client, dom, stream, changes);
  } catch (error) {
    await client.close();
    throw isLibvirtError(error, errorCodes.operationFailed) && !force ? busy(error) : error;
  }
}

function busy(cause: unknown): ViaductError {
  return new ViaductError('console-busy', 'Somebody else has this console open.', {
    cause,
    remedy: 'Take it over: whoever has it open is cut off.',
  });
}

/** Remembers that something changed until somebody asks. */
class Changes {
  #changed = Promise.withResolvers<undefined>();

  tell(): void {
    this.#changed.resolve(undefined);
  }

  /** Resolves at the next change, one that nobody has asked for yet included, or when the time is over. */
  async next(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
    await Promise.race([this.#changed.promise, over]);
    clearTimeout(timer);
    this.#changed = Promise.withResolvers<undefined>();
  }
}

class GuestConsole implements TerminalSource {
  readonly #client: LibvirtClient;
  readonly #dom: DomainRef;
  readonly #stream: RpcStream;
  readonly #changes: Changes;
  #failure: unknown;
  #closing: Promise<void> | undefined;

  constructor(client: LibvirtClient, dom: DomainRef, stream: RpcStream, changes: Changes) {
    this.#client = client;
    this.#dom = dom;
    this.#stream = stream;
    this.#changes = changes;
  }

  get output(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#stream.send(bytes);
  }

  resize(): void {
    // A serial line knows no size.
  }

  /**
   * The stream's own error is the same for a guest that stopped and a console that was taken over, and a guest's
   * console ends a moment before the host notices that the guest has.
   */
  async ending(): Promise<string> {
    try {
      if (await this.#runs()) await this.#changes.next(noticedMs);
      if (await this.#runs()) return 'The console was taken over by somebody else, or the host closed it.';
      return `${this.#dom.name} was shut off.`;
    } catch (error) {
      if (isLibvirtError(error, errorCodes.noDomain)) return `${this.#dom.name} is no longer on this host.`;
      return messageOf(this.#failure ?? error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#letGo();
    return this.#closing;
  }

  async #runs(): Promise<boolean> {
    const { state } = await domainState(this.#client, this.#dom, { deadlineMs: 5000 });
    return state !== domainStates.shutoff;
  }

  async #letGo(): Promise<void> {
    await this.#stream.abort().catch(messageOf);
    await this.#client.close();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#stream;
    } catch (error) {
      this.#failure = error;
    }
  }
}
