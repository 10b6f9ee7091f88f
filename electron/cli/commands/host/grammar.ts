import { isIP } from 'node:net';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { tlsServices, type TlsService } from '../../../setup/config/tls-options.ts';
import type { CliSession } from '../../session.ts';
import type { MigrationLoginFlags } from './migration-login.ts';

interface PrepareFlags extends MigrationLoginFlags {
  yes?: true;
  json?: true;
  listener: boolean;
  firewall: boolean;
  peer: string[];
  forceTls?: true;
  separate?: TlsService[];
  allowOnlyKnown?: true;
}

/** A SASL user; libvirt's file of credentials has it in the name of a section. */
function userName(text: string): string {
  if (/^[A-Za-z0-9][\w.@-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError('It takes letters, digits, and . @ _ - behind the first.');
}

function peerName(text: string, earlier: string[]): string[] {
  if (!/^[A-Za-z0-9:][\w.:-]{0,253}$/.test(text)) throw new InvalidArgumentError('It takes a host name.');
  return [...earlier, text];
}

function address(text: string, earlier: string[]): string[] {
  if (isIP(text) === 0) throw new InvalidArgumentError('It takes an IP address.');
  return [...earlier, text];
}

/** The grammar of `viaduct host`. */
export function addHostCommands(program: Command, session: CliSession): void {
  const host = program.command('host').description('set hosts up for migrations over TLS');
  host
    .command('inspect <connect-uri>')
    .description('show what matters to migrations over TLS; touches nothing')
    .option('--json', 'print one JSON object a line')
    .action((uri: string, { json }: { json?: true }) => session.hostInspect(uri, json === true));
  host
    .command('prepare <connect-uris...>')
    .description('show what has to change on hosts, and change it once you agree')
    .option('--yes', 'agree beforehand')
    .option('--json', 'print one JSON object a line')
    .option('--no-listener', "leave the daemon's TLS port as it is")
    .option('--no-firewall', 'leave the firewall as it is')
    .option('--peer <address>', 'let this address in as well as the hosts named; may come again', address, [])
    .option('--force-tls', 'let the daemon refuse every migration without TLS')
    .addOption(
      new Option('--separate <service...>', 'certificates of their own for these services of QEMU').choices(
        tlsServices,
      ),
    )
    .option('--allow-only-known', 'let in over TLS only the hosts named and this workstation')
    .option(
      '--migration-user <name>',
      "the SASL user as whom each host's daemon logs in at the others, for peer-to-peer migrations",
      userName,
    )
    .option('--migration-password-file <file>', 'the password of that user')
    .option(
      '--migration-peer <host>',
      'a destination to log in at beside the hosts named, as the daemon names it; may come again',
      peerName,
      [],
    )
    .action((uris: string[], flags: PrepareFlags) => session.hostPrepare(uris, prepareRequest(flags)));
  host
    .command('undo <connect-uri>')
    .description('put a host back to what it was before it was prepared')
    .option('--yes', 'agree beforehand')
    .option('--json', 'print one JSON object a line')
    .action((uri: string, { yes, json }: { yes?: true; json?: true }) =>
      session.hostUndo(uri, { yes: yes === true, json: json === true }),
    );
}

function prepareRequest(flags: PrepareFlags) {
  const { yes, json, listener, firewall, peer, forceTls, separate, allowOnlyKnown } = flags;
  const { migrationUser, migrationPasswordFile, migrationPeer } = flags;
  return {
    login: { migrationUser, migrationPasswordFile, migrationPeer },
    yes: yes === true,
    json: json === true,
    allowOnlyKnown: allowOnlyKnown === true,
    wishes: {
      listener,
      firewall,
      peers: peer,
      forceTls: forceTls === true,
      separateDirectories: separate ?? [],
    },
  };
}
