import { Option, type Command } from 'commander';
import { keyKinds, type KeyKind } from '../../../pki/key-kinds.ts';
import { leafDays } from '../../../pki/lifetimes.ts';
import { wholeNumber } from '../../plan-options.ts';
import { exitCodes } from '../../exit-codes.ts';
import type { CliSession } from '../../session.ts';
import type { Revoked } from './revoke.ts';

interface DeployFlags {
  passphraseFile: string;
  ca?: string;
  key?: KeyKind;
  json?: true;
}

interface ClientFlags extends DeployFlags {
  name: string;
  days: number;
  output?: string;
}

interface RevokeFlags extends DeployFlags {
  client?: string;
}

/** The commands of `viaduct pki` that work on hosts. */
export function addDeployCommands(pki: Command, session: CliSession): void {
  changing(pki, 'deploy <connect-uris...>', 'give hosts certificates for libvirt and for QEMU')
    .addOption(keyOption().default('rsa3072' satisfies KeyKind))
    .action((uris: string[], flags: DeployFlags) => session.pkiDeploy('deploy', uris, requestOf(flags)));
  changing(pki, 'renew <connect-uris...>', 'give hosts new certificates in place of those that they have')
    .addOption(keyOption().default(undefined, 'that of their keys now'))
    .action((uris: string[], flags: DeployFlags) => session.pkiDeploy('renew', uris, requestOf(flags)));
  pki
    .command('undo <connect-uri>')
    .description('put back the certificates that a host had before the newest ones')
    .option('--json', 'print one JSON object a line')
    .action((uri: string, { json }: { json?: true }) => session.pkiUndo(uri, json === true));
  changing(
    pki,
    'revoke [connect-uri]',
    'revoke the certificates of a host, or of a workstation that was lost, and tell all other hosts',
  )
    .option('--client <name>', 'the workstation, as it was called when its certificate was made')
    .action((uri: string | undefined, { client, ...flags }: RevokeFlags, command: Command) =>
      session.pkiRevoke(revokedOf(uri, client, command), requestOf(flags)),
    );
  pki
    .command('client-certificate')
    .description('make a certificate for connections of this workstation by qemu+tls')
    .requiredOption('--name <name>', 'what the workstation is called, in the certificate as well')
    .requiredOption('--passphrase-file <file>', "file with the passphrase of the authority's key")
    .option('--days <n>', 'days for which it is valid', wholeNumber(leafDays.most), leafDays.usual)
    .option('--output <folder>', "where to put it; default in Viaduct's own folder")
    .option('--ca <name>', 'which authority, where there are several')
    .option('--json', 'print one JSON object a line')
    .action(({ name, days, output, ...flags }: ClientFlags) =>
      session.pkiClientCertificate({ name, days, output, ...requestOf(flags) }),
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

/** One of the two. */
function revokedOf(connectUri: string | undefined, client: string | undefined, command: Command): Revoked {
  if (connectUri !== undefined && client === undefined) return { connectUri };
  if (client !== undefined && connectUri === undefined) return { client };
  return command.error('error: name either the connect URI of a host or a workstation with --client', {
    exitCode: exitCodes.badInput,
  });
}

function changing(pki: Command, usage: string, description: string): Command {
  return pki
    .command(usage)
    .description(description)
    .requiredOption('--passphrase-file <file>', "file with the passphrase of the authority's key")
    .option('--ca <name>', 'which authority, where there are several')
    .option('--json', 'print one JSON object a line');
}

function keyOption(): Option {
  return new Option(
    '--key <kind>',
    "kind of the hosts' keys; only rsa3072 is for every version of libvirt",
  ).choices(keyKinds);
}

function requestOf({ passphraseFile, ca, key, json }: DeployFlags) {
  return { passphraseFile, ca, key, json: json === true };
}
