import { z } from 'zod';
import { redactUri } from '../../common/redact-uri.ts';
import { controlChoices, controls } from '../control.ts';
import { diskChoices, modes, type MigrationPlan } from '../plan.ts';
import { mapTexts, withoutSecrets } from '../receipt/clean-texts.ts';
import { fixedOfConnections } from '../stream-connection.ts';

const owner = z.object({ uid: z.number(), gid: z.number() });
const host = z.object({ name: z.string(), connectUri: z.string() });

const newVolume = z.object({
  kind: z.literal('new'),
  in: z.union([z.strictObject({ pool: z.string() }), z.strictObject({ directory: z.string() })]),
  transientPool: z.boolean(),
  name: z.string(),
  format: z.string(),
  capacityBytes: z.number(),
  owner: owner.optional(),
  backing: z.object({ path: z.string(), format: z.string() }).optional(),
});

const shape = z.looseObject({
  guest: z.object({
    name: z.string().min(1),
    uuid: z.uuid(),
    memoryBytes: z.number(),
    persistent: z.boolean(),
    disks: z.array(z.string()),
  }),
  source: host,
  destination: host,
  copies: z.array(
    z.object({
      target: z.string(),
      place: z.union([newVolume, z.object({ kind: z.literal('existing'), what: z.string() })]),
    }),
  ),
  storageProvenShared: z.boolean(),
  control: z.enum(controls),
  options: z.looseObject({
    mode: z.enum(modes),
    control: z.enum(controlChoices),
    disks: z.enum(diskChoices),
    allowPlaintext: z.boolean(),
    persist: z.boolean(),
    keepSourceDefinition: z.boolean(),
    postCopy: z.boolean(),
    unattended: z.boolean().optional(),
    offline: z.boolean(),
    rename: z.string().optional(),
  }),
  dconnuri: z.string().optional(),
  migrateUri: z.string().optional(),
  tlsName: z.string().optional(),
  streams: z.array(z.looseObject({ name: z.string(), path: z.string() })),
  changes: z.array(z.object({ side: z.enum(['source', 'destination']), text: z.string() })),
});

/** A plan as it was written down: plain data, in which what is `undefined` is absent. */
export const planSchema = z.custom<MigrationPlan>((value) => shape.safeParse(value).success);

/** Every URI of a plan, for taking what they hold out of other texts. */
export function urisOfPlan({ source, destination, dconnuri, migrateUri, options }: MigrationPlan): string[] {
  const optional = [dconnuri, migrateUri, options.dconnuri, options.migrateUri];
  const given = [source.connectUri, destination.connectUri];
  return [...given, ...optional].filter((uri): uri is string => uri?.includes('://') ?? false);
}

/**
 * The plan as it may be kept: what a URI holds that would let anybody in is left out. Names, which have to be found
 * again as they are, stay.
 */
export function planToKeep(plan: MigrationPlan): MigrationPlan {
  const { source, destination, options, dconnuri, migrateUri, streams, changes } = plan;
  const clean = withoutSecrets(urisOfPlan(plan));
  const kept = (uri: string | undefined): string | undefined => (uri === undefined ? uri : redactUri(uri));
  return {
    ...plan,
    source: { ...source, connectUri: redactUri(source.connectUri) },
    destination: { ...destination, connectUri: redactUri(destination.connectUri) },
    options: { ...options, dconnuri: kept(options.dconnuri), migrateUri: kept(options.migrateUri) },
    dconnuri: kept(dconnuri),
    migrateUri: kept(migrateUri),
    streams: mapTexts(streams, clean, new Set(['name', ...fixedOfConnections])),
    changes: mapTexts(changes, clean),
  };
}
