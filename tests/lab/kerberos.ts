import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRunOnHost, runOnHost } from './host.ts';
import { allHosts, hosts, kerberosDir } from './layout.ts';
import { waitFor } from './wait-for.ts';

export const realm = 'LAB';
/** The person that has a ticket. */
export const kerberosUser = 'admin';

/** Where the daemons find their key: what Debian's /etc/sasl2/libvirt.conf names. */
const keytab = 'etc/libvirt/krb5.tab';
const database = 'var/lib/krb5kdc';
const userKeytab = '/run/lab-admin.keytab';
const ticketFile = '/run/lab-ticket';
const kdc = hosts.alpha;

export interface Kerberos extends AsyncDisposable {
  /** For a process of this machine that is to log in as `admin@LAB`. */
  readonly environment: { readonly KRB5_CONFIG: string; readonly KRB5CCNAME: string };
  /** The same without a ticket. */
  readonly withoutTicket: { readonly KRB5_CONFIG: string; readonly KRB5CCNAME: string };
}

/**
 * Runs a key distribution centre on alpha, gives both hosts a key for the service libvirt, and this machine a ticket.
 * Nothing of it is left when disposed of.
 */
export async function startKerberos(): Promise<Kerberos> {
  for (const host of allHosts) await writeFile(join(host.root, 'etc/krb5.conf'), clientConfig());
  await writeFile(join(kdc.root, 'etc/krb5kdc/kdc.conf'), kdcConfig());
  // Asked for twice; the database is gone before anybody could need it again.
  const password = `${randomBytes(16).toString('hex')}\n`;
  await mustRunOnHost(kdc, ['kdb5_util', 'create', '-s', '-r', realm], { stdin: password + password });
  await administer(
    `addprinc -randkey ${kerberosUser}`,
    `ktadd -k ${userKeytab} ${kerberosUser}`,
    ...allHosts.flatMap((host) => [
      `addprinc -randkey libvirt/${host.fqdn}`,
      `ktadd -k /run/lab-${host.name}.keytab libvirt/${host.fqdn}`,
    ]),
  );
  for (const host of allHosts) {
    const key = await readFromKdc(`/run/lab-${host.name}.keytab`);
    await writeFile(join(host.root, keytab), key, { mode: 0o600 });
  }
  await mustRunOnHost(kdc, ['systemctl', 'start', 'krb5-kdc.service']);
  const kinit = ['kinit', '-c', `FILE:${ticketFile}`, '-k', '-t', userKeytab, `${kerberosUser}@${realm}`];
  await waitFor(
    'the KDC gives a ticket',
    async () => (await runOnHost(kdc, kinit)).exitCode === 0 || undefined,
    {
      timeoutMs: 10_000,
    },
  );
  await mkdir(kerberosDir, { recursive: true, mode: 0o700 });
  const config = join(kerberosDir, 'krb5.conf');
  const ticket = join(kerberosDir, 'ticket');
  await writeFile(config, clientConfig());
  await writeFile(ticket, await readFromKdc(ticketFile), { mode: 0o600 });
  return {
    environment: { KRB5_CONFIG: config, KRB5CCNAME: `FILE:${ticket}` },
    withoutTicket: { KRB5_CONFIG: config, KRB5CCNAME: `FILE:${ticket}.none` },
    [Symbol.asyncDispose]: removeKerberos,
  };
}

/** Leaves nothing of it, whether or not it was there. */
export async function removeKerberos(): Promise<void> {
  await runOnHost(kdc, ['systemctl', 'stop', 'krb5-kdc.service']);
  await runOnHost(kdc, ['find', `/${database}`, '-mindepth', '1', '-delete']);
  await runOnHost(kdc, ['find', '/run', '-maxdepth', '1', '-name', 'lab-*.keytab', '-delete']);
  await rm(join(kdc.root, 'etc/krb5kdc/stash'), { force: true });
  await runOnHost(kdc, ['rm', '-f', ticketFile]);
  for (const host of allHosts) await rm(join(host.root, keytab), { force: true });
  await rm(kerberosDir, { recursive: true, force: true });
}

async function administer(...commands: string[]): Promise<void> {
  const stdin = commands.map((line) => `${line}\n`).join('');
  await mustRunOnHost(kdc, ['kadmin.local', '-r', realm], { stdin });
}

/** /run of a host is seen from inside only; keys are bytes, not text. */
async function readFromKdc(path: string): Promise<Buffer> {
  return Buffer.from(await mustRunOnHost(kdc, ['base64', path]), 'base64');
}

/** Names are taken as they are written: nothing here is in any DNS. */
function clientConfig(): string {
  return `[libdefaults]
default_realm = ${realm}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false

[realms]
${realm} = {
  kdc = ${kdc.address}
}

[domain_realm]
.lab = ${realm}
`;
}

function kdcConfig(): string {
  return `[kdcdefaults]
kdc_ports = 88
kdc_tcp_ports = 88

[realms]
${realm} = {
  database_name = /${database}/principal
  key_stash_file = /etc/krb5kdc/stash
}
`;
}
