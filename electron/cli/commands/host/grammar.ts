import { isIP } from 'node:net';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { tlsServices, type TlsService } from '../../../setup/config/tls-options.ts';
import type { CliSession } from '../../session.ts';

interface PrepareFlags {
  yes?: true;
  json?: true;
  listener: boolean;
  firewall: boolean;
  peer: string[];
  forceTls?: true;
  separate?: TlsService[];
  allowOnlyKnown?: true;
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
  return {
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
