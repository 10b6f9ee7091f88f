import { Option, type Command } from 'commander';
import { keyKinds, type KeyKind } from '../../../pki/key-kinds.ts';
import { authorityDays } from '../../../pki/lifetimes.ts';
import { wholeNumber } from '../../plan-options.ts';
import type { CliSession } from '../../session.ts';

interface RotateFlags {
  ca?: string;
  json?: true;
}

interface UnlockingFlags extends RotateFlags {
  passphraseFile: string;
}

interface BeginFlags extends UnlockingFlags {
  name?: string;
  key: KeyKind;
  days: number;
}

/** The grammar of `viaduct pki rotate`. */
export function addRotateCommands(pki: Command, session: CliSession): void {
  const rotate = pki
    .command('rotate')
    .description(
      'put a new certificate authority in the place of one, while hosts go on trusting each other',
    );
  withPassphrase(rotate.command('begin'))
    .description('make the new authority; no host is touched')
    .option('--ca <name>', 'which authority is to be replaced, where there are several')
    .option('--name <name>', 'what the new one is called; the old name with a number unless told')
    .addOption(
      new Option('--key <kind>', 'kind of its key; libvirt before 11.6 takes rsa3072 only')
        .choices(keyKinds)
        .default('rsa3072' satisfies KeyKind),
    )
    .option('--days <n>', 'days for which it is valid', wholeNumber(authorityDays.most), authorityDays.usual)
    .action(({ ca, name, json, ...flags }: BeginFlags) =>
      session.pkiRotateBegin({ ca, name, json: json === true, ...flags }),
    );
  withPassphrase(rotate.command('next [connect-uris...]'))
    .description('take hosts, or all, one stage further: they trust both, then get new certificates')
    .option('--ca <name>', 'either authority, where there are several changes')
    .action((uris: string[], { passphraseFile, ...flags }: UnlockingFlags) =>
      session.pkiRotate('next', uris, { passphraseFile, ...requestOf(flags) }),
    );
  withPassphrase(rotate.command('finish'))
    .description('let every host trust the new authority alone')
    .option('--ca <name>', 'either authority, where there are several changes')
    .action(({ passphraseFile, ...flags }: UnlockingFlags) =>
      session.pkiRotate('finish', [], { passphraseFile, ...requestOf(flags) }),
    );
  rotate
    .command('status')
    .description('show where each host stands and what comes next; touches nothing')
    .option('--ca <name>', 'either authority, where there are several changes')
    .option('--json', 'print one JSON object a line')
    .action((flags: RotateFlags) => session.pkiRotateStatus(requestOf(flags)));
}

function withPassphrase(command: Command): Command {
  return command
    .requiredOption('--passphrase-file <file>', "file with the passphrase of the new authority's key")
    .option('--json', 'print one JSON object a line');
}

function requestOf({ ca, json }: RotateFlags) {
  return { ca, json: json === true };
}
