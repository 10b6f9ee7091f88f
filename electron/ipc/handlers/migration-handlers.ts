import { BadInputError } from '../../common/errors.ts';
import type { HostRegistry } from '../../hosts/host-registry.ts';
import type { Handlers } from '../contract.ts';
import { dropVerdict } from '../migrations/drop-verdict.ts';
import type { MigrationDesk } from '../migrations/migration-desk.ts';
import type { ReviewDesk } from '../migrations/review-desk.ts';

type MigrationCommands = Extract<keyof Handlers, `migrations.${string}`>;

export function migrationHandlers(
  registry: HostRegistry,
  reviews: ReviewDesk,
  migrations: MigrationDesk,
): Pick<Handlers, MigrationCommands> {
  return {
    'migrations.list': () => Promise.resolve({ migrations: migrations.list() }),
    'migrations.verdicts': async ({ guestUuid, sourceHostId }) => {
      const source = registry.monitor(sourceHostId);
      await source.describe([guestUuid]);
      const guest = source.guest(guestUuid);
      if (!guest) throw new BadInputError('guest-unknown', 'That guest is no longer on its host.');
      const others = registry.snapshots().filter(({ id }) => id !== sourceHostId);
      return { verdicts: others.map((host) => dropVerdict(guest, source.snapshot(), host)) };
    },
    'migrations.review': (request) => Promise.resolve({ reviewId: reviews.start(request) }),
    'migrations.recheck': ({ reviewId, check }) => {
      reviews.recheck(reviewId, check);
      return Promise.resolve({});
    },
    'migrations.mend': async ({ reviewId, pool }) => {
      await reviews.mend(reviewId, pool);
      return {};
    },
    'migrations.closeReview': ({ reviewId }) => {
      reviews.close(reviewId);
      return Promise.resolve({});
    },
    'migrations.start': (request) => Promise.resolve({ migrationId: migrations.start(request) }),
    'migrations.cancel': ({ migrationId }) => Promise.resolve(migrations.cancel(migrationId)),
    'migrations.tune': ({ migrationId, ...change }) => migrations.tune(migrationId, change),
    'migrations.postCopy': ({ migrationId }) => migrations.switchToPostCopy(migrationId),
    'migrations.dismiss': ({ migrationId }) => {
      migrations.dismiss(migrationId);
      return Promise.resolve({});
    },
  };
}
