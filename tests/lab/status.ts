import { leaderOf } from './host.ts';
import {
  allHosts,
  type HostLayout,
  keyFile,
  knownHostsFile,
  sshUri,
  stateDir,
  tlsUri,
  workstationPkiDir,
} from './layout.ts';
import { type GuestLine, lastLine } from './serial-log.ts';
import { isUp } from './up.ts';
import { type GuestState, guestState, listGuests } from './virsh.ts';

export interface GuestStatus {
  name: string;
  state: GuestState;
  /** The newest line of its serial console on this host. */
  line?: GuestLine;
}

export interface HostStatus {
  name: string;
  fqdn: string;
  address: string;
  /** How Viaduct reaches the host: over SSH as root, over SSH as a member of the group libvirt, over TLS. */
  connectUri: string;
  operatorUri: string;
  tlsUri: string;
  running: boolean;
  guests: GuestStatus[];
}

export interface LabStatus {
  up: boolean;
  hosts: HostStatus[];
  keyFile: string;
  knownHosts: string;
  /** The workstation's client certificate, as the URI parameter `pkipath` wants it. */
  pkiPath: string;
  stateDir: string;
}

export async function labStatus(): Promise<LabStatus> {
  return {
    up: await isUp(),
    hosts: await Promise.all(allHosts.map(hostStatus)),
    keyFile,
    knownHosts: knownHostsFile,
    pkiPath: workstationPkiDir,
    stateDir,
  };
}

async function hostStatus(host: HostLayout): Promise<HostStatus> {
  const running = (await leaderOf(host)) !== undefined;
  return {
    name: host.name,
    fqdn: host.fqdn,
    address: host.address,
    connectUri: sshUri(host),
    operatorUri: sshUri(host, 'operator'),
    tlsUri: tlsUri(host),
    running,
    guests: running ? await guestsOn(host) : [],
  };
}

async function guestsOn(host: HostLayout): Promise<GuestStatus[]> {
  const names = await listGuests(host);
  return Promise.all(
    names.map(async (name) => {
      const line = await lastLine(host, name);
      return { name, state: await guestState(host, name), ...(line && { line }) };
    }),
  );
}

/** The status for people. */
export function formatStatus(status: LabStatus): string {
  if (!status.hosts.some((host) => host.running)) return 'The lab is down.\n';
  const lines = [status.up ? 'The lab is up.' : 'The lab is half up; run: npm run lab -- up'];
  for (const host of status.hosts) {
    lines.push('', `${host.fqdn}  ${host.address}  ${host.running ? 'running' : 'not running'}`);
    lines.push(`  ${host.connectUri}`);
    for (const guest of host.guests) {
      const counter = guest.line ? `, counter ${guest.line.counter}` : '';
      lines.push(`  ${guest.name}: ${guest.state}${counter}`);
    }
  }
  lines.push('', `key file     ${status.keyFile}`, `known hosts  ${status.knownHosts}`);
  lines.push(`client PKI   ${status.pkiPath}`, `state        ${status.stateDir}`);
  return `${lines.join('\n')}\n`;
}
