import { Option, type Command } from 'commander';
import { keyKinds, type KeyKind } from '../../../pki/key-kinds.ts';
import { authorityDays } from '../../../pki/lifetimes.ts';
import { wholeNumber } from '../../plan-options.ts';
import type { CliSession } from '../../session.ts';
import { addDeployCommands } from './deploy-grammar.ts';
import { addElsewhereCommands } from './elsewhere-grammar.ts';
import { addRotateCommands } from './rotate-grammar.ts';

interface CreateFlags {
  name: string;
  key: KeyKind;
  days: number;
  passphraseFile: string;
  json?: true;
}

/** The grammar of `viaduct pki`. */
export function addPkiCommands(program: Command, session: CliSession): void {
  const pki = program.command('pki').description('certificate authorities and the certificates of hosts');
  pki
    .command('create-ca')
    .description('make a certificate authority on this machine')
    .requiredOption('--name <name>', 'what it is called, in its certificate as well')
    .addOption(
      new Option('--key <kind>', 'kind of its key; libvirt before 11.6 takes rsa3072 only')
        .choices(keyKinds)
        .default('rsa3072' satisfies KeyKind),
    )
    .option('--days <n>', 'days for which it is valid', wholeNumber(authorityDays.most), authorityDays.usual)
    .requiredOption('--passphrase-file <file>', 'file with the passphrase that its key is encrypted with')
    .option('--json', 'print one JSON object a line')
    .action(({ json, ...flags }: CreateFlags) => session.createAuthority({ ...flags, json: json === true }));
  pki
    .command('status [connect-uris...]')
    .description(
      'show the authorities and what they issued; of hosts named, what they have and show, and when it expires',
    )
    .option('--json', 'print one JSON object a line')
    .action((uris: string[], { json }: { json?: true }) => session.pkiStatus(uris, json === true));
  addDeployCommands(pki, session);
  addElsewhereCommands(pki, session);
  addRotateCommands(pki, session);
}
