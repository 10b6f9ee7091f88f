import { isIP } from 'node:net';
import { BadInputError } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';
import { parseAhosts } from '../../setup/peers.ts';
import { DeployError } from '../deploy-error.ts';
import type { PkiHost } from '../pki-host.ts';
import { namesOfHosts, type HostNames, type NameFacts, type ToldName } from './host-names.ts';
import { parseOwnAddresses } from './own-addresses.ts';

/**
 * Asks every host what it is called, and every other host where those names lead.
 *
 * @returns one for each host, in their order.
 * @throws {DeployError} `deploy-no-names`: the URI's name cannot stand in a certificate.
 */
export async function lookUpNames(hosts: readonly PkiHost[]): Promise<HostNames[]> {
  const own = await Promise.all(hosts.map(ownFacts));
  const facts = await Promise.all(
    own.map(async ({ askedNames, ...fact }, index): Promise<NameFacts> => {
      const others = hosts.filter((_, at) => at !== index);
      const answers = await Promise.all(others.map((other) => resolveAll(other, askedNames)));
      return { ...fact, told: [...fact.told, ...answers.flat()] };
    }),
  );
  try {
    return namesOfHosts(facts);
  } catch (cause) {
    if (!(cause instanceof BadInputError)) throw cause;
    const called = hosts.map(({ name }) => name).join(', ');
    throw new DeployError('deploy-no-names', `The names for the certificates of ${called} are not usable.`, {
      cause,
      remedy: 'Name the hosts by their full names or addresses in the connect URIs.',
    });
  }
}

async function ownFacts({ name, probe, facts }: PkiHost): Promise<NameFacts & { askedNames: string[] }> {
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
  const addresses = parseOwnAddresses(cards);
  const ownNames = [
    { name: full, because: `hostname -f on ${name}` },
    { name: short, because: `hostname on ${name}` },
  ].filter((one) => one.name !== '');
  const told: ToldName[] = [
    ...ownNames,
    ...(typeof migrationHost === 'string' && migrationHost !== ''
      ? [{ name: migrationHost, because: `migration_host in ${facts.qemuConf.path}` }]
      : []),
    ...addresses
      .filter(({ notForOthers }) => notForOthers === undefined)
      .map(({ address, card }) => ({ name: address, because: `the address of ${printable(card)}` })),
  ];
  return {
    uriName: name,
    told,
    setAside: addresses.flatMap(({ address, notForOthers }) =>
      notForOthers === undefined ? [] : [{ name: address, why: printable(notForOthers) }],
    ),
    askedNames: [...new Set([name, ...ownNames.map((one) => one.name)])].filter((one) => isIP(one) === 0),
  };
}

async function resolveAll({ probe, name }: PkiHost, asked: readonly string[]): Promise<ToldName[]> {
  const answers = await Promise.all(
    asked.map(async (one) => {
      const { output } = await probe.ask(['getent', 'ahosts', '--', one]);
      const because = `${name}'s resolver leads ${printable(one, 253)} there`;
      return parseAhosts(output).map((address) => ({ name: address, because }));
    }),
  );
  return answers.flat();
}
