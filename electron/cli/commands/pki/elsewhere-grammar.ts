import type { Command } from 'commander';
import type { CliSession } from '../../session.ts';

interface ImportFlags {
  name: string;
  certificate: string;
  key?: string;
  keyPassphraseFile?: string;
  passphraseFile?: string;
  json?: true;
}

interface HostFlags {
  ca?: string;
  json?: true;
}

/** The commands for authorities that were there before, and whose key may be elsewhere. */
export function addElsewhereCommands(pki: Command, session: CliSession): void {
  pki
    .command('import-ca')
    .description('take over a certificate authority; without its key, requests are signed elsewhere')
    .requiredOption('--name <name>', 'what it is called here')
    .requiredOption('--certificate <file>', 'its certificate, alone, in PEM form')
    .option('--key <file>', 'its private key in PEM form')
    .option('--key-passphrase-file <file>', 'file with the passphrase that the key is encrypted with now')
    .option('--passphrase-file <file>', 'file with the passphrase that the key is to be encrypted with here')
    .option('--json', 'print one JSON object a line')
    .action(({ key, keyPassphraseFile, passphraseFile, json, ...flags }: ImportFlags) =>
      session.importAuthority({ key, keyPassphraseFile, passphraseFile, json: json === true, ...flags }),
    );
  onHosts(pki, 'request <connect-uris...>', 'make keys on hosts, and requests to be signed elsewhere')
    .requiredOption('--output <folder>', 'where the requests are written to')
    .action((uris: string[], { output, ...flags }: HostFlags & { output: string }) =>
      session.pkiElsewhere('request', uris, { folder: output, ...requestOf(flags) }),
    );
  onHosts(pki, 'accept <connect-uris...>', 'put certificates in use that were signed elsewhere')
    .requiredOption('--certificates <folder>', 'where the signed certificates are')
    .action((uris: string[], { certificates, ...flags }: HostFlags & { certificates: string }) =>
      session.pkiElsewhere('accept', uris, { folder: certificates, ...requestOf(flags) }),
    );
}

function onHosts(pki: Command, usage: string, description: string): Command {
  return pki
    .command(usage)
    .description(description)
    .option('--ca <name>', 'which authority, where there are several')
    .option('--json', 'print one JSON object a line');
}

function requestOf({ ca, json }: HostFlags) {
  return { ca, json: json === true };
}
