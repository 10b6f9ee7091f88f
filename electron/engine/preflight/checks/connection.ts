import { messageOf, ViaductError } from '../../../common/errors.ts';
import type { Finding } from '../../finding.ts';
import type { Check } from '../check.ts';
import type { HostFacts } from '../context.ts';
import type { DaemonFacts } from '../facts/daemon.ts';
import { findingsOf } from '../finding-of.ts';

/** Whether the daemon answers and knows managed migration. */
export function connectionCheck(side: 'source' | 'destination'): Check {
  return {
    id: `connection.${side}`,
    title: `the connection to the ${side}`,
    side,
    needs: [],
    run: async (context) => judgeConnection(context[side]),
  };
}

async function judgeConnection(host: HostFacts): Promise<Finding[]> {
  const finding = findingsOf(`connection.${host.side}`, host.side);
  let daemon: DaemonFacts;
  try {
    daemon = await host.daemon();
  } catch (error) {
    const remedy = error instanceof ViaductError ? error.remedy : undefined;
    return [
      finding.error({
        summary: `${host.name} cannot be reached: ${messageOf(error)}`,
        evidence: host.connectUri,
        remedy: remedy ?? `Check that ${host.name} runs and that its libvirt answers.`,
      }),
    ];
  }
  if (daemon.hypervisor !== 'QEMU') {
    return [
      finding.error({
        summary: `The daemon on ${host.name} drives ${daemon.hypervisor}; Viaduct moves guests of QEMU and KVM.`,
        evidence: host.connectUri,
        remedy: `Name the host's QEMU in the connect URI, as qemu+ssh://${host.name}/system.`,
      }),
    ];
  }
  if (!daemon.hasMigrationV3 || !daemon.hasMigrationParams) {
    return [
      finding.error({
        summary: `libvirt ${daemon.libvirt.text} on ${host.name} does not offer managed migration with parameters.`,
        remedy: `Use a host with libvirt 4.4.0 or newer.`,
      }),
    ];
  }
  return [
    finding.ok(
      `${host.name} answers: libvirt ${daemon.libvirt.text}, QEMU ${daemon.qemu.text}.`,
      `${host.connectUri} calls itself ${daemon.hostname}`,
    ),
  ];
}
