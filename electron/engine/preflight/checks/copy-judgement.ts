import type { Finding } from '../../finding.ts';
import type { DiskCopy } from '../../storage/disk-copy.ts';

export interface CopyJudgement {
  findings: Finding[];
  /** `undefined`: it cannot be copied, or too little is known to prepare for it. */
  copy: DiskCopy | undefined;
}
