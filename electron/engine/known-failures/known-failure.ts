import type { Hop } from '../hop.ts';

/** A failure that is known by its text or number: what it means, where, and what helps. */
export interface KnownFailure {
  code: string;
  /** libvirt's error number, where that alone tells. */
  errorCode?: number;
  /** Words of libvirt, QEMU, GnuTLS or the kernel, as they pass it on under a general number. */
  text?: RegExp;
  /** Absent: on the host whose daemon said so. */
  hop?: Hop;
  /** One sentence. */
  cause: string;
  remedy: string;
  /** Where the text is made, or where it was seen with this cause. */
  source: string;
}
