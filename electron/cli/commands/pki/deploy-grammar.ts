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
