import type { HostName, Lab } from '../lab.ts';
import { findingsAt, preflight } from '../support/preflight-run.ts';
import type { Situation } from './situations.ts';

/** What is the case, and what two tools say of it. */
export interface Verdicts {
  what: string;
  /** Of libvirt's own client, with the last line of what it said; empty: the guest moved. */
  refusal: string;
  /** Private keys that an account without any rights may read, and certificates whose keys are too short. */
  hazards: string[];
  /** Lines of virt-pki-validate on both hosts, beyond those that it has for a sound pair. */
  theirs: string[];
  /** Ids of the errors and warnings of our preflight. */
  ours: { errors: string[]; warnings: string[] };
}

const bothNames: readonly HostName[] = ['alpha', 'beta'];
const guest = 'web01';

/** Its complaints, without what it merely found. */
export async function complaints(lab: Lab): Promise<string[]> {
  const said = await Promise.all(
    bothNames.map(async (host) => {
      const { stdout, stderr } = await lab.run(host, ['virt-pki-validate']);
      const lines = (stdout + stderr).split('\n').map((line) => line.trim());
      return lines
        .filter((line) => line !== '' && !line.startsWith('Found '))
        .map((line) => `${host}: ${line}`);
    }),
  );
  return said.flat();
}

/**
 * A situation as it turns out: the preflight and virt-pki-validate first, which change nothing, and then libvirt's own
 * client moves a guest from alpha to beta, peer-to-peer with TLS for every stream.
 *
 * @param usual what virt-pki-validate says of a sound pair
 */
export async function verdictsOn(
  lab: Lab,
  { what, make }: Situation,
  usual: readonly string[],
): Promise<Verdicts> {
  await make(lab);
  await readAgain(lab);
  const theirs = (await complaints(lab)).filter((line) => !usual.includes(line));
  const run = await preflight(lab, guest, ['--mode', 'native-tls', '--control', 'p2p']);
  const idsAt = (level: string): string[] => findingsAt(run, level).map(({ id }) => String(id));
  const ours = { errors: idsAt('error'), warnings: idsAt('warning') };
  const hazards = [...(await readableByNobody(lab)), ...(await shortKeys(lab))];
  const args = ['migrate', '--live', '--p2p', '--tls', guest, 'qemu+tls://beta.lab/system'];
  const { exitCode: code, stderr } = await lab.run('alpha', ['virsh', '-q', ...args], { timeoutMs: 120_000 });
  const refusal = code === 0 ? '' : (stderr.trim().split('\n').at(-1) ?? 'refused');
  return { what, refusal, hazards, theirs, ours };
}

/** The daemon keeps what it has where the new files are no good; that is for the migration to show. */
export async function readAgain(lab: Lab): Promise<void> {
  await lab.run('beta', ['virt-admin', 'server-update-tls', 'libvirtd']);
}

async function readableByNobody(lab: Lab): Promise<string[]> {
  const found = await Promise.all(
    bothNames.map(async (host) => {
      const find = ['find', '/etc/pki', '-name', '*key.pem', '-readable'];
      const { stdout } = await lab.run(host, ['runuser', '-u', 'nobody', '--', ...find]);
      return stdout
        .split('\n')
        .filter((path) => path !== '')
        .map((path) => `${host}: ${path}`);
    }),
  );
  return found.flat();
}

/** Under 2048 bits, by OpenSSL. */
async function shortKeys(lab: Lab): Promise<string[]> {
  const files = (
    await Promise.all(
      bothNames.map(async (host) =>
        (await lab.mustRun(host, ['find', '/etc/pki', '-name', '*cert.pem']))
          .split('\n')
          .filter((path) => path !== '')
          .map((path) => ({ host, path })),
      ),
    )
  ).flat();
  const short: string[] = [];
  for (const { host, path } of files) {
    const { stdout } = await lab.run(host, ['openssl', 'x509', '-in', path, '-noout', '-text']);
    const bits = /Public-Key: \((\d+) bit\)/.exec(stdout)?.[1];
    if (bits !== undefined && Number(bits) < 2048) short.push(`${host}: ${path} has ${bits} bits`);
  }
  return short;
}

/** Whether there is something to mend. */
export const isTrouble = ({ refusal, hazards }: Verdicts): boolean => refusal !== '' || hazards.length > 0;

/** Something is said where there is something to mend, and nothing where there is not. */
export const theyAreRight = (row: Verdicts): boolean => row.theirs.length > 0 === isTrouble(row);

/** An error where the guest cannot move, and only there; a warning where a key is no secret; nothing where all is well. */
export function weAreRight(row: Verdicts): boolean {
  const { errors, warnings } = row.ours;
  const blocks = errors.length > 0;
  if (blocks !== (row.refusal !== '')) return false;
  return blocks || warnings.length > 0 === row.hazards.length > 0;
}
