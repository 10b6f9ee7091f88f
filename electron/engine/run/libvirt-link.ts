import type { HostAccess } from '../../hosts/host-access.ts';
import {
  abortJob,
  domainByUuid,
  domainState,
  errorCodes,
  isLibvirtError,
  isPersistent,
  jobStats,
  libvirtFeatures,
  lifecycleEvents,
  migrateBegin,
  migrateConfirm,
  migrateFinish,
  migratePerform,
  migratePrepare,
  procedures,
  resumeDomain,
  setMaxDowntime,
  setMaxSpeed,
  startPostCopy,
  suspendDomain,
  toParameterMap,
  undefineFlags,
} from '../../libvirt/index.ts';
import type { LibvirtCalls } from '../../libvirt/index.ts';
import { answered, unlimited } from './daemon-answer.ts';
import type { ControlLink, MigrationHost, Registration, Sighting } from './migration-link.ts';

/** A host as the rest of Viaduct knows it, as the migration needs it. */
export function migrationHost(access: HostAccess): MigrationHost {
  return {
    name: access.name,
    connect: async (signal) => {
      const client = await access.connect(signal);
      return { ...linkOver(client), closed: client.closed, close: () => client.close() };
    },
    control: async (signal) => linkOver(await access.control(signal)),
  };
}

function linkOver(client: LibvirtCalls): ControlLink {
  return {
    begin: (call) => answered(migrateBegin(client, call, unlimited)),
    prepare: (call) => answered(migratePrepare(client, call, unlimited)),
    perform: (call) => answered(migratePerform(client, call, unlimited)),
    finish: (call) => answered(migrateFinish(client, call, unlimited)),
    confirm: (call) => answered(migrateConfirm(client, call, unlimited)),
    find: (uuid) => answered(find(client, uuid)),
    hasChangeProtection: () =>
      answered(client.supportsFeature(libvirtFeatures.migrateChangeProtection, unlimited)),
    jobStats: (dom, flags) => answered(jobStats(client, dom, flags, unlimited)),
    setMaxDowntime: (dom, downtimeMs) => answered(setMaxDowntime(client, dom, downtimeMs, unlimited)),
    setMaxSpeed: (dom, limit) => answered(setMaxSpeed(client, dom, limit, unlimited)),
    startPostCopy: (dom) => answered(startPostCopy(client, dom, unlimited)),
    suspend: (dom) => answered(suspendDomain(client, dom, unlimited)),
    abortJob: (dom) => answered(abortJob(client, dom, unlimited)),
    destroy: async (dom) => {
      await answered(client.call(procedures.domainDestroy, { dom }, unlimited));
    },
    undefine: async (dom) => {
      // Firmware variables are the admin's data: the daemon's own undefine after a migration keeps them too.
      const flags = undefineFlags.keepNvram;
      await answered(client.call(procedures.domainUndefineFlags, { dom, flags }, unlimited));
    },
    resume: (dom) => answered(resumeDomain(client, dom, unlimited)),
    onJobCompleted: async (domain, listener) =>
      registration(
        await client.onDomainEvent('jobCompleted', ({ params }) => listener(toParameterMap(params)), {
          domain,
          ...unlimited,
        }),
      ),
    onResumed: async (domain, listener) =>
      registration(
        await client.onDomainEvent(
          'lifecycle',
          ({ event, detail }) => {
            if (event === lifecycleEvents.resumed) listener(detail);
          },
          { domain, ...unlimited },
        ),
      ),
    onLifecycle: async (domain, listener) =>
      registration(
        await client.onDomainEvent('lifecycle', ({ event, detail }) => listener(event, detail), {
          domain,
          ...unlimited,
        }),
      ),
    onRestarted: async (domain, listener) =>
      registration(await client.onDomainEvent('reboot', () => listener(), { domain, ...unlimited })),
  };
}

async function find(client: LibvirtCalls, uuid: string): Promise<Sighting | undefined> {
  try {
    const dom = await domainByUuid(client, uuid, unlimited);
    const state = await domainState(client, dom, unlimited);
    return { dom, ...state, persistent: await isPersistent(client, dom, unlimited) };
  } catch (error) {
    if (isLibvirtError(error, errorCodes.noDomain)) return undefined;
    throw error;
  }
}

function registration(disposable: AsyncDisposable): Registration {
  return { end: () => void endQuietly(disposable) };
}

/** It ends with its connection at the latest, so a connection that is gone already is no failure. */
async function endQuietly(disposable: AsyncDisposable): Promise<void> {
  try {
    await disposable[Symbol.asyncDispose]();
  } catch {
    // Nothing is left to end.
  }
}
