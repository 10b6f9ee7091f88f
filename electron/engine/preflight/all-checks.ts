import type { Check } from './check.ts';
import { combinationCheck } from './checks/combination.ts';
import { clockCheck } from './checks/clock.ts';
import { connectionCheck } from './checks/connection.ts';
import { controlCertificateCheck } from './checks/control-certificate.ts';
import { controlKeyCheck } from './checks/control-key.ts';
import {
  daemonListenersCheck,
  daemonServedCheck,
  daemonSettingsCheck,
  firewallCheck,
} from './checks/daemon-service.ts';
import { destinationCpuCheck } from './checks/destination-cpu.ts';
import { destinationFirmwareCheck } from './checks/destination-firmware.ts';
import { destinationMachineCheck } from './checks/destination-machine.ts';
import { destinationMemoryCheck } from './checks/destination-memory.ts';
import { destinationNetworksCheck } from './checks/destination-networks.ts';
import { destinationPlacementCheck } from './checks/destination-placement.ts';
import { destinationTpmCheck } from './checks/destination-tpm.ts';
import { diskSpaceCheck } from './checks/disk-space.ts';
import { guestBlockersCheck } from './checks/guest-blockers.ts';
import { guestDisksCheck } from './checks/guest-disks.ts';
import { guestManagerCheck } from './checks/guest-manager.ts';
import { guestStateCheck } from './checks/guest-state.ts';
import { hostsSameCheck } from './checks/hosts-same.ts';
import { knownBugsCheck } from './checks/known-bugs.ts';
import { nameTakenCheck } from './checks/name-taken.ts';
import { neededAtStart } from './checks/needed-at-start.ts';
import { networkNameCheck } from './checks/network-name.ts';
import { networkPortsCheck } from './checks/network-ports.ts';
import { optionVersionsCheck } from './checks/option-versions.ts';
import { peerLoginCheck } from './checks/peer-login.ts';
import { relayCheck } from './checks/relay.ts';
import { readOnlyCheck } from './checks/read-only.ts';
import { tlsForceCheck, tlsNameCheck, tlsTrustCheck, tlsVerifyCheck } from './checks/tls-peers.ts';
import { tlsHandshakeCheck } from './checks/tls-handshake.ts';
import { tlsRevocationsCheck } from './checks/tls-revocations.ts';
import { tlsTreeCheck } from './checks/tls-tree.ts';
import { versionOrderCheck, versionsCheck } from './checks/versions.ts';

/** Every check of the preflight, in the order in which they are listed as pending. */
export const checks: readonly Check[] = [
  combinationCheck,
  connectionCheck('source'),
  connectionCheck('destination'),
  readOnlyCheck,
  versionsCheck('source'),
  versionsCheck('destination'),
  versionOrderCheck,
  knownBugsCheck,
  optionVersionsCheck,
  hostsSameCheck,
  guestStateCheck,
  guestManagerCheck,
  guestBlockersCheck,
  guestDisksCheck,
  diskSpaceCheck,
  nameTakenCheck,
  destinationCpuCheck,
  neededAtStart(destinationMachineCheck),
  neededAtStart(destinationFirmwareCheck),
  neededAtStart(destinationTpmCheck),
  neededAtStart(destinationNetworksCheck),
  destinationMemoryCheck,
  neededAtStart(destinationPlacementCheck),
  clockCheck,
  networkNameCheck,
  networkPortsCheck,
  firewallCheck,
  daemonSettingsCheck('source'),
  daemonSettingsCheck('destination'),
  daemonListenersCheck('source'),
  daemonListenersCheck('destination'),
  daemonServedCheck,
  peerLoginCheck,
  controlCertificateCheck('source'),
  controlCertificateCheck('destination'),
  controlKeyCheck('source'),
  controlKeyCheck('destination'),
  relayCheck('source'),
  relayCheck('destination'),
  tlsTreeCheck('source'),
  tlsTreeCheck('destination'),
  tlsNameCheck,
  tlsTrustCheck('source'),
  tlsTrustCheck('destination'),
  tlsRevocationsCheck,
  tlsVerifyCheck,
  tlsHandshakeCheck,
  tlsForceCheck('source'),
  tlsForceCheck('destination'),
];
