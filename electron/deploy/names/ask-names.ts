import { isIP } from 'node:net';
import type { CertificateNames } from '../../pki/names.ts';
import { parseAhosts } from '../../setup/peers.ts';
import { DeployError } from '../deploy-error.ts';
import type { PkiHost } from '../pki-host.ts';
import { namesOfHosts, parseOwnAddresses, type NameFacts } from './host-names.ts';

/**
 * Asks every host what it is called, and every other host where those names lead.
 *
 * @throws {DeployError} `deploy-no-names`.
 */
export async function askNames(hosts: readonly PkiHost[]): Promise<CertificateNames[]> {
  const own = await Promise.all(hosts.map(ownFacts));
  const facts = await Promise.all(
    own.map(async (fact, index): Promise<NameFacts> => {
      const others = hosts.filter((_, at) => at !== index);
      const names = [...new Set([fact.uriName, ...fact.ownNames])].filter((name) => isIP(name) === 0);
      const answers = await Promise.all(others.map((other) => resolveAll(other, names)));
      return { ...fact, resolved: [...new Set(answers.flat())] };
    }),
  );
  try {
    return namesOfHosts(facts);
  } catch (cause) {
    const called = hosts.map(({ name }) => name).join(', ');
    throw new DeployError('deploy-no-names', `The names for the certificates of ${called} are not usable.`, {
      cause,
      remedy: 'Name the hosts by their full names or addresses in the connect URIs.',
    });
  }
}

async function ownFacts({ name, probe, facts }: PkiHost): Promise<Omit<NameFacts, 'resolved'>> {
  const answer = async (argv: readonly string[]): Promise<string> => {
    const { code, output } = await probe.ask(argv);
    return code === 0 ? output.trim() : '';
  };
  const [short, full, cards] = await Promise.all([
    answer(['hostname']),
    answer(['hostname', '-f']),
    answer(['ip', '-o', 'addr', 'show', 'scope', 'global']),
  ]);
  const migrationHost = facts.qemuConf.settings['migration_host'];
  return {
    uriName: name,
    ownNames: [full, short].filter((one) => one !== ''),
    migrationHost: typeof migrationHost === 'string' && migrationHost !== '' ? migrationHost : undefined,
    ownAddresses: parseOwnAddresses(cards),
  };
}

async function resolveAll({ probe }: PkiHost, names: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(
    names.map(async (name) => parseAhosts((await probe.ask(['getent', 'ahosts', '--', name])).output)),
  );
  return answers.flat();
}
