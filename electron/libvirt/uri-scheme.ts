import { badUri, shown } from './uri-text.ts';

export type Transport = 'unix' | 'tls' | 'ssh' | 'ext' | 'tcp';

/** Drivers that a daemon of libvirt opens, those of its modular daemons for single kinds of objects included. */
const daemonDrivers = new Set(
  'qemu xen test lxc ch vbox vz parallels bhyve remote network storage nodedev secret interface nwfilter'.split(
    ' ',
  ),
);
/** Drivers that libvirt runs inside the program that uses it (`virGlobalInit` of src/libvirt.c). */
const libraryDrivers = new Set('openvz esx gsx vpx hyperv vmwareplayer vmwarews vmwarefusion'.split(' '));
/** Spellings of 2007 that the design of the remote client uses. */
const historicDrivers: Readonly<Record<string, string>> = { qemud: 'qemu', xend: 'xen' };

const transports: Readonly<Record<string, Transport>> = {
  unix: 'unix',
  tls: 'tls',
  ssh: 'ssh',
  libssh: 'ssh',
  libssh2: 'ssh',
  ext: 'ext',
  tcp: 'tcp',
};

/** Today's name of a driver. @throws {BadInputError} */
export function readDriver(written: string, warnings: string[]): string {
  const today = Object.hasOwn(historicDrivers, written) ? historicDrivers[written] : undefined;
  if (today !== undefined) {
    warnings.push(`The driver "${written}" of 2007 is called "${today}" today.`);
    return today;
  }
  if (daemonDrivers.has(written)) return written;
  if (libraryDrivers.has(written)) {
    warnings.push(`The driver "${written}" is part of libvirt's own library; no daemon opens it.`);
    return written;
  }
  throw badUri(
    `The driver "${shown(written)}" in the connect URI is unknown; guests of KVM and QEMU use qemu.`,
  );
}

/** Without a transport a server means TLS, and no server this machine. @throws {BadInputError} */
export function readTransport(written: string | undefined, hasServer: boolean): Transport {
  if (written === undefined) return hasServer ? 'tls' : 'unix';
  const transport = Object.hasOwn(transports, written) ? transports[written] : undefined;
  if (transport === undefined) {
    throw badUri(
      `The transport "${shown(written)}" in the connect URI is unknown; use ssh, tls, tcp, unix or ext.`,
    );
  }
  return transport;
}
