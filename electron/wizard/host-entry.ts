import type { HostNames } from '../deploy/names/host-names.ts';
import type { SeenHost } from './seen-host.ts';
import type { WizardCertificates, WizardChanges, WizardHost } from './wizard-snapshot.ts';

/** A chosen host with all that is known of it. Replaced as a whole, so that what was handed out does not change. */
export interface HostEntry {
  readonly hostId: string;
  readonly connectUri: string;
  readonly name: string;
  readonly look: WizardHost['look'];
  readonly seen: SeenHost | undefined;
  /** The names that the admin gave in place of those that were found. */
  readonly given: readonly string[] | undefined;
  readonly found: HostNames | undefined;
  readonly certificates: WizardCertificates | undefined;
  readonly changes: WizardChanges | undefined;
}
