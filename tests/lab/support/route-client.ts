import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseRoute } from '../../../electron/hosts/routes/choose-route.ts';
import type { Route } from '../../../electron/hosts/routes/route.ts';
import { LibvirtClient, listDomains, parseConnectUri } from '../../../electron/libvirt/index.ts';
import { noPrompts, type SshPrompts } from '../../../electron/ssh/prompts.ts';

/** A connection to a host's daemon the way the application makes it, and what it has to say of it. */
export interface RouteClient extends AsyncDisposable {
  readonly client: LibvirtClient;
  readonly route: Route;
  /** In words, as the screen has it. */
  readonly daemon: string | undefined;
  guests(): Promise<string[]>;
}

export interface RouteClientOptions {
  readonly prompts?: SshPrompts;
  readonly readOnly?: boolean;
}

export async function openRouteClient(
  text: string,
  { prompts = noPrompts, readOnly = false }: RouteClientOptions = {},
): Promise<RouteClient> {
  const home = await mkdtemp(join(tmpdir(), 'viaduct-route-'));
  const uri = parseConnectUri(text);
  const route = chooseRoute(uri, home, prompts);
  const leave = async (): Promise<void> => {
    await route.drop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const stream = await route.openDaemon(undefined, { readOnly });
    const client = await LibvirtClient.open(stream, { name: uri.remoteName, readOnly });
    return {
      client,
      route,
      daemon: await route.daemon(undefined),
      guests: async () => (await listDomains(client)).map(({ name }) => name).toSorted(),
      [Symbol.asyncDispose]: async () => {
        await client.close();
        await leave();
      },
    };
  } catch (error) {
    await leave();
    throw error;
  }
}
