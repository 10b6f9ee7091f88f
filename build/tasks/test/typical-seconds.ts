/*
 * How long the parts of `npm test` take on two cores, about. They only say what is begun first: a wrong figure costs some
 * waiting at the end, and a file that is missing here is run all the same.
 */

/** By the file's path from tests/lab. */
export const labSeconds: Record<string, number> = {
  'allow-list': 65,
  authorities: 140,
  'bad-input': 40,
  bench: 15,
  certificates: 50,
  'certificates-view': 50,
  'dead-links': 40,
  disks: 120,
  failures: 190,
  'host-monitor': 40,
  'host-setup': 130,
  lab: 55,
  'libvirt-client': 15,
  'live-tuning': 30,
  logins: 40,
  migrate: 400,
  modes: 420,
  recover: 350,
  'one-time-identity': 180,
  'peer-misconfigured': 150,
  'peer-to-peer': 170,
  pki: 180,
  'pki-sets': 80,
  'post-copy': 180,
  'ssh-relay': 140,
  secrecy: 45,
  wizard: 65,
  rehearsal: 60,
  offline: 110,
  'migration-login': 110,
  'preflight-clean': 75,
  'preflight-tls': 120,
  'preflight-between': 120,
  'preflight-guest': 120,
  'tls-refusals': 60,
  'read-only': 20,
  'record-messages': 15,
  streams: 15,
  'proofs/acceptance': 180,
  'proofs/link-cuts': 250,
  'proofs/listening-daemon': 45,
  'proofs/refusals': 120,
  'proofs/secrets': 280,
};

export const shellSeconds = { desktop: 180, browser: 240 };
