import type { AllowedClients } from '../setup/plan/setup-plan.ts';
import type { WizardNote } from './wizard-snapshot.ts';

/** Who is to be let in by name alone, or what keeps that from being known. */
export type Allowed = { clients: AllowedClients } | { obstacle: WizardNote };
