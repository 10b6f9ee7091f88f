import { parseCertificates, type Certificate } from '../../../pki/certificate.ts';
import { isTrustedBy } from '../../../pki/inspect-chain.ts';
import { namesOf } from '../../../pki/hostname.ts';
import type { VerifyReason } from '../../../setup/handshakes/handshake-outcome.ts';
import { remedyFor, whyRefused } from '../../../setup/handshakes/refusal-words.ts';
import type { HostFacts, PreflightContext } from '../context.ts';
import { orUndefined } from '../once.ts';
import { isOnList } from './daemon-door.ts';
import { daemonCertificate } from './find-peer-login.ts';
import type { PeerLogin } from './peer-login.ts';
import { confOf, whySaslRefused } from './sasl-refusal.ts';
import type { ShutOut } from './shut-out.ts';

type Ends = Pick<PreflightContext, 'source' | 'destination' | 'now'>;
export type Failed = Exclude<
  PeerLogin['trial'],
  { kind: 'in' } | { kind: 'not-tried' } | { kind: 'awaits-identity' }
>;

export async function whyShutOut(
  login: PeerLogin,
  trial: Failed,
  { source, destination, now }: Ends,
): Promise<ShutOut> {
  const { host, port, dconnuri } = login.address;
  const [from, to] = [source.name, destination.name];
  switch (trial.kind) {
    case 'unsupported':
      return {
        cause: 'unsupported',
        summary: `Peer-to-peer is not possible: ${trial.said}.`,
        remedy: 'Let Viaduct drive the migration (--control managed).',
      };
    case 'leads-back':
      return {
        cause: 'loopback',
        summary: `Seen from ${from}, ${host} is ${trial.to}: the daemon would log in at itself.`,
        remedy: `Correct /etc/hosts of ${from}, or name another address of ${to} with --dconnuri qemu+tls://HOST/system.`,
      };
    case 'unreachable':
      return unreachable(trial.because, { from, to, host, port });
    case 'client-refuses':
      return {
        cause: 'certificate',
        ...(await serverRefused(trial.reason, host, source, destination)),
        said: trial.said,
      };
    case 'server-refuses':
      return {
        ...(await clientRefused(login, trial.reason, { source, destination, now })),
        said: trial.said,
      };
    case 'no-shell':
      return {
        cause: 'unsupported',
        summary: `No one-time identity can be put on ${from}: it is not reached over SSH.`,
        remedy: `Connect to ${from} with qemu+ssh://, or use its own certificate.`,
      };
    case 'files':
      return {
        cause: 'files',
        summary: `The daemon of ${from} has no client certificate that it could use.`,
        remedy: `Install libvirt’s certificates on ${from}: viaduct pki deploy`,
        said: trial.said,
      };
    case 'wants-sasl':
      return { ...(await whySaslRefused(login, trial.said, { source, destination })), said: trial.said };
    case 'refused':
      // libvirt's client alone has tried it: it says at the login, beyond the certificate, what it says with SASL.
      if (trial.said.startsWith('authentication failed:')) {
        return { ...(await whySaslRefused(login, trial.said, { source, destination })), said: trial.said };
      }
      return {
        cause: 'refused',
        summary: `${from} does not get in at ${to}: ${trial.said || 'libvirt gave no reason'}`,
        remedy: `Try it on ${from}: virsh -c ${dconnuri} uri`,
      };
  }
}

interface Way {
  from: string;
  to: string;
  host: string;
  port: number;
}

function unreachable(
  because: Extract<Failed, { kind: 'unreachable' }>['because'],
  { from, to, host, port }: Way,
): ShutOut {
  switch (because) {
    case 'name':
      return {
        cause: 'name',
        summary: `${from} cannot resolve ${host}, where its daemon would log in.`,
        remedy: `Put ${host} into the name service or /etc/hosts of ${from}, or name another address of ${to} with --dconnuri qemu+tls://HOST/system.`,
      };
    case 'refused':
      return {
        cause: 'port',
        summary: `Port ${port} of ${to} turns ${from} away: nothing listens there, or a firewall rejects it.`,
        remedy: `Have ${to} listen for TLS and open port ${port} to ${from}: viaduct host prepare`,
      };
    case 'timeout':
    case 'other':
      return {
        cause: 'port',
        summary: `Port ${port} of ${to} does not answer ${from}: a firewall drops it, or there is no way.`,
        remedy: `Open port ${port} of ${to} to ${from} in every firewall between; viaduct host prepare does it on the host.`,
      };
  }
}

/** The source does not take the certificate of the destination's daemon. */
async function serverRefused(
  reason: VerifyReason,
  host: string,
  source: HostFacts,
  destination: HostFacts,
): Promise<Pick<ShutOut, 'summary' | 'remedy'>> {
  const leaf = await orUndefined(() => daemonCertificate(destination));
  const names = leaf === undefined ? 'other names' : namesOf(leaf).join(', ') || 'no name at all';
  const why = { ...whyRefused, name: `it is for ${names}, not for ${host}` }[reason];
  const remedy =
    reason === 'name'
      ? `Issue a certificate for ${host}, or name one of those with --dconnuri qemu+tls://NAME/system.`
      : remedyFor(reason, destination.name, [source.name, destination.name]);
  return {
    summary: `${source.name} does not accept the certificate of the daemon of ${destination.name}: ${why}.`,
    remedy,
  };
}

/** libvirt's daemon closes without a word; so what it can have against the source is looked at, in its own order. */
async function clientRefused(
  login: PeerLogin,
  said: VerifyReason | undefined,
  { source, destination, now }: Ends,
): Promise<Omit<ShutOut, 'said'>> {
  const { identity, door, oneTime } = login;
  const [from, to] = [source.name, destination.name];
  if (oneTime !== undefined && said === 'issuer') {
    return {
      cause: 'identity',
      summary: `The daemon of ${to} does not trust ${oneTime.authority}, which signs the one-time identity.`,
      remedy: `Choose the authority that ${to} trusts (--ca), or run "viaduct pki deploy" for ${to} with this one.`,
    };
  }
  const reason = said ?? (oneTime ? undefined : await faultOfClient({ source, destination, now }));
  if (reason !== undefined) {
    return {
      cause: 'identity',
      summary: `The daemon of ${to} does not accept the client certificate of ${from}: ${whyRefused[reason]}.`,
      remedy: remedyFor(reason, from, [from, to]),
    };
  }
  const name = identity ?? 'the name in its client certificate';
  if (identity !== undefined && door?.allowedNames !== undefined && !isOnList(identity, door.allowedNames)) {
    return {
      cause: 'allow-list',
      summary: `The daemon of ${to} does not let ${from} in: ${identity} is not in its tls_allowed_dn_list.`,
      remedy: `Add "${identity}" to tls_allowed_dn_list in ${door.confPath} on ${to} and restart its libvirt.`,
    };
  }
  return {
    cause: 'identity',
    summary: `The daemon of ${to} does not let ${from} in with its client certificate.`,
    remedy: `On ${to}, see that tls_allowed_dn_list in ${confOf(login)} has ${name}, and what its journal says of the refusal.`,
  };
}

async function faultOfClient({ source, destination, now }: Ends): Promise<VerifyReason | undefined> {
  const client = await orUndefined(async () =>
    parseCertificates((await source.libvirtCertificates('client')).certificate),
  );
  const [leaf, ...intermediates] = client ?? [];
  if (leaf === undefined) return undefined;
  const dates = faultOfDates(leaf, now);
  if (dates !== undefined) return dates;
  const trusted = await orUndefined(async () =>
    parseCertificates((await destination.libvirtCertificates('server')).authority),
  );
  return trusted !== undefined && !isTrustedBy(leaf, intermediates, trusted) ? 'issuer' : undefined;
}

function faultOfDates({ notBefore, notAfter }: Certificate, now: Date): VerifyReason | undefined {
  if (now > notAfter) return 'expired';
  return now < notBefore ? 'not-yet-valid' : undefined;
}
