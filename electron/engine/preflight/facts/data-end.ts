import type { HostShell } from '../../../common/host/host-shell.ts';
import type { RootShell } from '../../../common/host/root-shell.ts';
import { HostProbe } from '../../../setup/facts/host-probe.ts';
import type { DataEnd } from '../../../setup/handshakes/data-handshake.ts';
import { FactUnavailableError } from '../errors.ts';
import type { TlsTree } from './tls-tree.ts';

/** @throws {FactUnavailableError} `unexpected-answer`: the account of QEMU is not known */
export function dataEndOf(
  shell: HostShell,
  root: RootShell,
  { directory, qemuUser }: Pick<TlsTree, 'directory' | 'qemuUser'>,
  signal: AbortSignal,
): DataEnd {
  if (qemuUser === undefined) {
    throw new FactUnavailableError(
      'unexpected-answer',
      'As which user QEMU runs is not known, so no handshake can be made in its place.',
      'Try it with a guest that may fail to move.',
    );
  }
  const { name: user, uid, gids } = qemuUser;
  return {
    root,
    probe: new HostProbe(shell, root, signal),
    account: { uid, gid: gids[0] ?? uid, user },
    directory,
  };
}
