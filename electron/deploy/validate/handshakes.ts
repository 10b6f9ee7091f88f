import type { PkiHost } from '../pki-host.ts';
import { libvirtFiles } from '../../setup/config/libvirt-files.ts';
import { tryControlLogin } from '../../setup/handshakes/control-login.ts';
import { tryDataHandshake, type DataEnd } from '../../setup/handshakes/data-handshake.ts';
import type { HandshakeOutcome } from '../../setup/handshakes/handshake-outcome.ts';

const clientSeconds = 8;

/** `from` opens the control connection to `to` as libvirt does, with its own client certificate. */
export async function tryControl(
  from: PkiHost,
  to: PkiHost,
  signal?: AbortSignal,
): Promise<HandshakeOutcome> {
  if (!from.hasOpenssl) return lacksOpenssl(from);
  const { authority, revocations, client } = libvirtFiles;
  const files = { authority, revocations, ...client };
  const { name: host, facts } = to;
  const trial = { host, port: facts.tls.port, seconds: clientSeconds, asksForLogin: false, signal };
  return tryControlLogin(from.root, files, trial);
}

/** QEMU's side of a migration from `from` to `to`, under the name by which certificates are deployed. */
export async function tryData(from: PkiHost, to: PkiHost, signal?: AbortSignal): Promise<HandshakeOutcome> {
  const lacking = [from, to].find(({ hasOpenssl }) => !hasOpenssl);
  if (lacking !== undefined) return lacksOpenssl(lacking);
  const way = { host: to.name, name: to.name, ports: to.facts.migrationPorts, seconds: clientSeconds };
  return tryDataHandshake(endOf(from), endOf(to), way, signal);
}

function endOf({ root, probe, account, facts }: PkiHost): DataEnd {
  return { root, probe, account, directory: facts.certificates.qemu.directory };
}

function lacksOpenssl({ name }: PkiHost): HandshakeOutcome {
  return { kind: 'not-tried', said: `${name} has no openssl` };
}
