import { qemuConfPath } from '../inspect.ts';
import type { HostInspection, HostSetupFacts } from '../inspection.ts';
import { fileChange, newFileModes } from './file-change.ts';
import { planAllowList } from './plan-allow-list.ts';
import { daemonObstacles, planDaemon } from './plan-daemon.ts';
import { planFirewall } from './plan-firewall.ts';
import { planListenOption } from './plan-listen-option.ts';
import { planMigrationLogin } from './plan-migration-login.ts';
import { planOpenStack } from './plan-openstack.ts';
import { qemuObstacles, qemuWarnings, wantedQemuSettings } from './plan-qemu-conf.ts';
import type { PlannedChange, PlanNote, SetupPlan, SetupWishes } from './setup-plan.ts';

/** libvirt copies disks over TLS since then (QEMU 2.11). */
const minimumLibvirt = 4_004_000;

/**
 * The changes that take a host from what was found to what is wished, in the order in which they are safe. Pure: it
 * asks nothing and touches nothing. Made of a host that is as wished, it has no changes.
 */
export function makePlan({ facts, files }: HostInspection, wishes: SetupWishes): SetupPlan {
  const { host, connectUri, machineId, layout } = facts;
  const plan: SetupPlan = {
    host,
    connectUri,
    machineId,
    changes: [],
    obstacles: hostObstacles(facts),
    warnings: hostWarnings(facts),
    afterwards: [],
    selfTest: {},
  };
  if (plan.obstacles.length > 0 || layout === undefined) return plan;
  const qemu = fileChange(
    qemuConfPath,
    files.get(qemuConfPath),
    { kind: 'conf', set: wantedQemuSettings(facts, wishes) },
    {
      title: `Encrypt and verify migrations (${qemuConfPath})`,
      why: 'QEMU takes its certificates from one known folder, and a destination asks its source for one.',
      needs: `${layout.qemuService} has to be restarted, which comes below`,
    },
    newFileModes.private,
  );
  const listen = wishes.listener ? planListenOption(facts, files) : [];
  const openstack = planOpenStack(facts, files);
  const firewall = wishes.firewall ? planFirewall(facts, files, wishes.peers) : { changes: [], warnings: [] };
  const ofDaemon = planAllowList(facts, files, wishes.allowedClients, listen);
  const login = planMigrationLogin(facts, files, wishes.migrationLogin);
  const changed = { qemuConf: qemu !== undefined, daemonFiles: ofDaemon.changes.length > 0 };
  const daemon = planDaemon(facts, wishes, changed);
  plan.changes = [
    ...(qemu ? [qemu] : []),
    ...ofDaemon.changes,
    ...openstack.changes,
    ...firewall.changes,
    ...login.changes,
    ...daemon,
  ] satisfies PlannedChange[];
  plan.obstacles = [
    ...(qemu ? qemuObstacles(facts, wishes) : []),
    ...openstack.obstacles,
    ...ofDaemon.obstacles,
    ...login.obstacles,
    ...daemonObstacles(facts, plan.changes),
  ];
  plan.warnings.push(
    ...(qemu ? qemuWarnings(facts, wishes) : []),
    ...firewall.warnings,
    ...ofDaemon.warnings,
    ...login.warnings,
  );
  plan.afterwards = [...openstack.afterwards, ...login.afterwards];
  if (wishes.listener) plan.selfTest = { listensOn: facts.tls.port };
  return plan;
}

function hostObstacles({ host, login, layout, libvirt, qemuConf, daemonConf }: HostSetupFacts): PlanNote[] {
  if (login.privilege === 'none') {
    return [{ code: 'rights', message: login.message, remedy: login.remedy }];
  }
  if (layout === undefined) {
    return [
      {
        code: 'no-daemon',
        message: `No daemon of libvirt was found on ${host}: neither libvirtd nor virtqemud runs or starts at boot.`,
        remedy: 'Install libvirt there, or start it.',
      },
    ];
  }
  if (libvirt.number === 0) {
    return [
      {
        code: 'daemon-silent',
        message: `The daemon of ${host} does not answer, so nothing is changed there.`,
        remedy: `See "journalctl -u ${layout.qemuService}" on ${host}.`,
      },
    ];
  }
  return [qemuConf, daemonConf].flatMap(({ path, broken }) =>
    broken === undefined
      ? []
      : [
          {
            code: 'conf-broken',
            message: `${path} of ${host} cannot be understood: ${broken}`,
            remedy: 'Mend it first.',
          },
        ],
  );
}

function hostWarnings({ host, libvirt, daemonConf, tcpListening }: HostSetupFacts): PlanNote[] {
  const warnings: PlanNote[] = [];
  if (libvirt.number > 0 && libvirt.number < minimumLibvirt) {
    warnings.push({
      code: 'libvirt-old',
      message: `libvirt ${libvirt.text} of ${host} cannot copy disks over TLS; 4.4.0 can.`,
    });
  }
  if (daemonConf.settings['tls_no_verify_certificate'] === 1) {
    warnings.push({
      code: 'clients-unverified',
      message: `The daemon of ${host} lets clients in without a certificate (tls_no_verify_certificate).`,
      remedy: `Remove that from ${daemonConf.path}.`,
    });
  }
  if (tcpListening) {
    warnings.push({
      code: 'tcp-open',
      message: `The daemon of ${host} listens without encryption on port 16509 as well.`,
      remedy: 'If nobody needs it, switch its -tcp.socket off.',
    });
  }
  return warnings;
}
