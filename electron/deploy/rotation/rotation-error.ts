import { ViaductError } from '../../common/errors.ts';

/**
 * A step of a change of authority that is not to be taken now; no host was touched. Codes `rotation-too-early`,
 * `rotation-no-names`.
 */
export class RotationError extends ViaductError {}
