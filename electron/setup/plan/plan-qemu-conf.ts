import type { ConfValue } from '../../common/libvirt-conf.ts';
import { readableUnderAppArmor, hasTlsOption, serviceDirectory } from '../config/tls-options.ts';
import type { HostSetupFacts } from '../inspection.ts';
import type { PlanNote, SetupWishes } from './setup-plan.ts';

export const defaultTlsDirectory = '/etc/pki/qemu';

/** What qemu.conf is to say. Folders that the admin chose are kept. */
export function wantedQemuSettings(
  facts: HostSetupFacts,
  wishes: SetupWishes,
): Record<string, string | number> {
  const { settings } = facts.qemuConf;
  const set: Record<string, string | number> = {
    default_tls_x509_cert_dir: directoryOf(settings) ?? defaultTlsDirectory,
    default_tls_x509_verify: 1,
  };
  // Said by itself, it counts more than the default.
  if (settings['migrate_tls_x509_verify'] === 0) set['migrate_tls_x509_verify'] = 1;
  if (wishes.forceTls) set['migrate_tls_force'] = 1;
  for (const service of wishes.separateDirectories) {
    set[`${service}_tls_x509_cert_dir`] = serviceDirectory(service);
  }
  return Object.fromEntries(Object.entries(set).filter(([name]) => hasTlsOption(name, facts.libvirt.number)));
}

function directoryOf(settings: Readonly<Record<string, ConfValue>>): string | undefined {
  const set = settings['default_tls_x509_cert_dir'];
  return typeof set === 'string' && set !== '' ? set : undefined;
}

/** What keeps these settings from being made: the daemon does not start with a folder that is not there. */
export function qemuObstacles(facts: HostSetupFacts, wishes: SetupWishes): PlanNote[] {
  const { host, certificates, libvirt } = facts;
  const obstacles: PlanNote[] = [];
  const directory = directoryOf(facts.qemuConf.settings) ?? defaultTlsDirectory;
  const isDefault = certificates.qemu.directory === directory;
  if (isDefault && !certificates.qemu.exists) {
    obstacles.push({
      code: 'qemu-directory-missing',
      message: `${host} has no folder ${directory}, and its daemon does not start with a setting that names one.`,
      remedy: `Give the host its certificates first: viaduct pki deploy ${facts.connectUri}`,
    });
  }
  if (wishes.forceTls && !hasTlsOption('migrate_tls_force', libvirt.number)) {
    obstacles.push({
      code: 'force-unsupported',
      message: `libvirt ${libvirt.text} of ${host} has no migrate_tls_force; 6.10.0 brought it.`,
      remedy: 'Leave it out.',
    });
  }
  for (const service of wishes.separateDirectories) {
    const path = serviceDirectory(service);
    if (!hasTlsOption(`${service}_tls_x509_cert_dir`, libvirt.number)) {
      obstacles.push({
        code: 'directory-unsupported',
        message: `libvirt ${libvirt.text} of ${host} has no folder of its own for ${service}.`,
        remedy: `Leave ${service} out.`,
      });
    } else if (!certificates.directories.includes(path)) {
      obstacles.push({
        code: 'service-directory-missing',
        message: `${host} has no folder ${path}, and its daemon does not start with a setting that names one.`,
        remedy: `Make it and put the certificates for ${service} there.`,
      });
    } else if (facts.apparmor && !readableUnderAppArmor.includes(service)) {
      obstacles.push({
        code: 'directory-confined',
        message: `AppArmor keeps QEMU on ${host} from reading ${path}.`,
        remedy: `Leave ${service} out, or allow the folder in /etc/apparmor.d/local/abstractions/libvirt-qemu.`,
      });
    }
  }
  return obstacles;
}

/** Whom these settings touch beside migrations. */
export function qemuWarnings(facts: HostSetupFacts, wishes: SetupWishes): PlanNote[] {
  const { settings } = facts.qemuConf;
  const { users } = facts.guests;
  const warnings: PlanNote[] = [];
  const inheritsVerify =
    settings['vnc_tls_x509_verify'] === undefined && settings['default_tls_x509_verify'] !== 1;
  if (settings['vnc_tls'] === 1 && inheritsVerify) {
    warnings.push({
      code: 'vnc-verifies',
      message: `VNC uses TLS on ${facts.host}: its clients will need a certificate when a guest starts anew${named(users.vnc)}.`,
      remedy: 'To go on without, set vnc_tls_x509_verify = 0 in qemu.conf.',
    });
  }
  if (wishes.forceTls) {
    warnings.push({
      code: 'force',
      message: `${facts.host} will refuse every migration without TLS, in both directions, other tools' included.`,
    });
  }
  for (const service of wishes.separateDirectories) {
    const inUse =
      service === 'vnc' || service === 'spice' || service === 'chardev' || service === 'nbd'
        ? users[service]
        : [];
    if (inUse.length > 0) {
      warnings.push({
        code: 'service-in-use',
        message: `Running guests use ${service} with the certificates they started with until they start anew${named(inUse)}.`,
      });
    }
  }
  if (facts.certificates.qemu.exists && facts.certificates.qemu.missing.length > 0) {
    warnings.push({
      code: 'qemu-certificates-missing',
      message: `No migration over TLS until these are there: ${facts.certificates.qemu.missing.join(', ')}.`,
      remedy: `viaduct pki deploy ${facts.connectUri}`,
    });
  }
  return warnings;
}

function named(guests: readonly string[]): string {
  if (guests.length === 0) return '';
  const rest = guests.length > 3 ? ` and ${guests.length - 3} more` : '';
  return ` (${guests.slice(0, 3).join(', ')}${rest})`;
}
