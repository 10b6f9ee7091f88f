import type { SetupHost } from '../../../electron/setup/setup-host.ts';
import { SimulatedHost } from '../setup/simulated/simulated-host.ts';

/** Keys of the quick kind, whatever kind is asked for. */
const quickOpenssl = `#!/bin/sh
case $1 in
  genpkey) exec /usr/bin/openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
  *) exec /usr/bin/openssl "$@" ;;
esac
`;

/** A simulated machine under a name of its own, which is quick at making keys. */
export class NamedHost extends SimulatedHost {
  readonly asHost: SetupHost;

  constructor(name: string, machineId: string) {
    super();
    this.write('/etc/machine-id', `${machineId.repeat(32)}\n`);
    this.tool('openssl', quickOpenssl);
    this.asHost = {
      name,
      connectUri: `qemu+ssh://root@${name}/system`,
      connect: () => this.connect(),
      shell: () => this.shell(),
    };
  }

  /** A link that is gone from now on. */
  unplug(): void {
    this.reconnect();
    this.cut = { command: 1, where: 'before' };
  }
}
