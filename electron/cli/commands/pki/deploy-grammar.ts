import type { Command } from 'commander';
import type { CliSession } from '../../session.ts';

interface DeployFlags {
  passphraseFile: string;
  ca?: string;
  json?: true;
}

/** The commands of `viaduct pki` that work on hosts. */
export function addDeployCommands(pki: Command, session: CliSession): void {
  changing(pki, 'deploy <connect-uris...>', 'give hosts certificates for libvirt and for QEMU').action(
    (uris: string[], flags: DeployFlags) => session.pkiDeploy('deploy', uris, requestOf(flags)),
  );
  changing(
    pki,
    'renew <connect-uris...>',
    'give hosts new certificates in place of those that they have',
  ).action((uris: string[], flags: DeployFlags) => session.pkiDeploy('renew', uris, requestOf(flags)));
  changing(pki, 'revoke <connect-uri>', 'revoke the certificates of a host, and tell all the others').action(
    (uri: string, flags: DeployFlags) => session.pkiRevoke(uri, requestOf(flags)),
  );
  pki
    .command('validate <connect-uris...>')
    .description('try the certificates of every pair of hosts, in both directions, by real handshakes')
    .option('--json', 'print one JSON object a line')
    .action((uris: string[], { json }: { json?: true }) => session.pkiValidate(uris, json === true));
  pki
    .command('rehearse <source-uri> <destination-uri>')
    .description('move a tiny throw-away guest to the other host and back, as a proof; nothing of it stays')
    .option('--json', 'print one JSON object a line')
    .action((source: string, destination: string, { json }: { json?: true }) =>
      session.pkiRehearse(source, destination, json === true),
    );
}

function changing(pki: Command, usage: string, description: string): Command {
  return pki
    .command(usage)
    .description(description)
    .requiredOption('--passphrase-file <file>', "file with the passphrase of the authority's key")
    .option('--ca <name>', 'which authority, where there are several')
    .option('--json', 'print one JSON object a line');
}

function requestOf({ passphraseFile, ca, json }: DeployFlags) {
  return { passphraseFile, ca, json: json === true };
}
