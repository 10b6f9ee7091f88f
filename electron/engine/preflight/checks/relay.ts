import { ViaductError } from '../../../common/errors.ts';
import type { Check } from '../check.ts';
import { findingsOf } from '../finding-of.ts';

/** Whether this machine's OpenSSH can carry a guest to or from a host: its end of the relay is opened and closed. */
export function relayCheck(side: 'source' | 'destination'): Check {
  const id = `relay.${side}`;
  return {
    id,
    title: `whether OpenSSH of this machine can carry the guest ${side === 'source' ? 'from the source' : 'to the destination'}`,
    side,
    needs: ['guest', side],
    applies: ({ mode }) => mode === 'ssh-relay',
    run: async (context) => {
      const host = context[side];
      const finding = findingsOf(id, side);
      try {
        const { owner, hostKeyVerified } = await host.relay();
        const carried = finding.ok(
          `OpenSSH of this machine carries bytes to a socket on ${host.name} and back.`,
          `a folder for QEMU’s user (${owner.uid}:${owner.gid}) was made below /run/libvirt and removed`,
        );
        if (hostKeyVerified) return [carried];
        const unverified = findingsOf(`${id}.host-key`, side).warning({
          summary: `Who carries the guest ${side === 'source' ? 'from' : 'to'} ${host.name} could be anybody: its host key is not verified.`,
          remedy: `Take no_verify and known_hosts_verify out of the connect URI of ${host.name}.`,
        });
        return [carried, unverified];
      } catch (error) {
        if (!(error instanceof ViaductError)) throw error;
        const remedy = error.remedy ?? 'Use another mode.';
        return [finding.error({ summary: `${host.name}: ${error.message}`, remedy })];
      }
    },
  };
}
