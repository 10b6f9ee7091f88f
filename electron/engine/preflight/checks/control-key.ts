import { quoteWord } from '../../../common/shell-quote.ts';
import type { Check } from '../check.ts';
import { formatMode, isOpenToOthers } from '../facts/file-access.ts';
import { findingsOf } from '../finding-of.ts';
import { purposeOf } from '../tls-words.ts';

/** Whether the key with which a host takes part in the daemons' connection is secret: who has it can be that host. */
export function controlKeyCheck(side: 'source' | 'destination'): Check {
  const id = `control.${side}.key`;
  return {
    id,
    title: `whether the key of libvirt's certificate on the ${side} is secret`,
    side,
    needs: [side],
    applies: ({ control }) => control !== 'managed',
    run: async (context) => {
      const finding = findingsOf(id, side);
      const host = context[side];
      const { path, stat, directories } = await host.libvirtKey(purposeOf[side]);
      if (stat === undefined || !isOpenToOthers(stat, directories)) {
        return [finding.ok(`Nobody but its owner and group gets to ${path} on ${host.name}.`)];
      }
      return [
        finding.warning({
          summary: `Everybody on ${host.name} may read the private key ${path} (mode ${formatMode(stat.mode)}).`,
          remedy: `Close it on ${host.name}: chmod 0600 ${quoteWord(path)}; if others had access, make a new key.`,
        }),
      ];
    },
  };
}
