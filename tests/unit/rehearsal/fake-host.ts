import type { HostAccess } from '../../../electron/hosts/host-access.ts';
import { LibvirtClient, listDomainsFlags, procedures } from '../../../electron/libvirt/index.ts';
import { FakeDaemon, Refusal } from '../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../fakes/stream-pair.ts';
import { capabilitiesXml, type Offer } from './capabilities.ts';

interface Domain {
  name: string;
  uuid: string;
  id: number;
  /** As the daemon gives it for our namespace. */
  metadata?: string;
  persistent?: boolean;
}

/** A host with guests, as far as a rehearsal sees it before and after its moves. */
export class FakeHost implements HostAccess {
  readonly name: string;
  readonly connectUri: string;
  readonly domains: Domain[] = [];
  /** Definitions that were started. */
  readonly started: string[] = [];
  readonly destroyed: string[] = [];
  /** From now on nobody reaches it. */
  isLost = false;
  /** Called when a guest is to be started; throw a `Refusal` to refuse it. */
  onStart: () => void = () => undefined;
  readonly #offer: Offer;
  readonly #clients: LibvirtClient[] = [];

  constructor(name: string, offer: Offer = {}) {
    this.name = name;
    this.connectUri = `qemu+ssh://root@${name}/system?keyfile=/k&known_hosts=/h`;
    this.#offer = offer;
  }

  control(): Promise<LibvirtClient> {
    return this.connect();
  }

  async connect(): Promise<LibvirtClient> {
    if (this.isLost) throw new Error(`${this.name} is out of reach.`);
    const pair = streamPair();
    this.#script(new FakeDaemon(pair.server));
    const client = await LibvirtClient.open(pair.client, { name: 'qemu:///system', hostLabel: this.name });
    this.#clients.push(client);
    return client;
  }

  shell(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  /** The link of every connection breaks. */
  lose(): void {
    this.isLost = true;
    for (const client of this.#clients) client.fail(new Error('The link broke.'));
  }

  #find(uuid: string): Domain {
    const found = this.domains.find((domain) => domain.uuid === uuid);
    if (found === undefined) throw new Refusal({ code: 42, message: 'Domain not found' });
    return found;
  }

  #script(daemon: FakeDaemon): void {
    daemon
      .answer(procedures.connectGetCapabilities, () => ({ capabilities: capabilitiesXml(this.#offer) }))
      .answer(procedures.connectListAllDomains, ({ flags }) => {
        const transientOnly = (flags & listDomainsFlags.transient) !== 0;
        const domains = this.domains.filter(({ persistent }) => !transientOnly || persistent !== true);
        return { domains, ret: domains.length };
      })
      .answer(procedures.domainGetMetadata, ({ dom }) => {
        const { metadata } = this.#find(dom.uuid);
        if (metadata === undefined) throw new Refusal({ code: 80, message: 'metadata not found' });
        return { metadata };
      })
      .answer(procedures.domainLookupByUuid, ({ uuid }) => ({ dom: this.#find(uuid) }))
      .answer(procedures.domainCreateXml, ({ xmlDesc }) => {
        this.started.push(xmlDesc);
        this.onStart();
        const [, name = ''] = /<name>(.*)<\/name>/.exec(xmlDesc) ?? [];
        const [, uuid = ''] = /<uuid>(.*)<\/uuid>/.exec(xmlDesc) ?? [];
        const dom = { name, uuid, id: 1 };
        this.domains.push(dom);
        return { dom };
      })
      .answer(procedures.domainDestroy, ({ dom }) => {
        const { name } = this.#find(dom.uuid);
        this.destroyed.push(name);
        this.domains.splice(this.domains.indexOf(this.#find(dom.uuid)), 1);
        return {};
      });
  }
}
