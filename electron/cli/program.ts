import { Command, InvalidArgumentError, Option } from 'commander';
import { actionKinds, type ActionKind } from '../engine/doctor/diagnosis.ts';
import { addHostCommands } from './commands/host/grammar.ts';
import { addPkiCommands } from './commands/pki/grammar.ts';
import { addIdentityOptions, type IdentityFlags } from './identity-options.ts';
import { addPlanOptions, planOptions, wholeNumber, type PlanFlags } from './plan-options.ts';
import type { CliSession } from './session.ts';

interface MoveFlags extends PlanFlags, IdentityFlags {
  source: string;
  destination: string;
  json?: true;
}

interface DoctorFlags {
  source: string;
  destination: string;
  do?: ActionKind;
  migrateUri?: string;
  yes?: true;
  json?: true;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It takes a port from 0 to 65535.');
  return port;
}

function moveCommand(program: Command, name: string, description: string): Command {
  const command = program
    .command(`${name} <guest>`)
    .description(description)
    .requiredOption('--source <uri>', 'connect URI of the host that runs the guest')
    .requiredOption('--destination <uri>', 'connect URI of the host that is to run it')
    .option('--json', 'print one JSON object a line');
  return addIdentityOptions(addPlanOptions(command));
}

/** The grammar of the command line; what the commands do is the session's. */
export function buildProgram(session: CliSession, version: string): Command {
  const program = new Command('viaduct')
    .description(
      "Moves running KVM/QEMU guests between libvirt hosts, encrypted, from an admin's workstation.",
    )
    .version(version)
    .showSuggestionAfterError(true)
    .exitOverride();
  program
    .command('guests <connect-uri>')
    .description('list the guests of a host')
    .option('--json', 'print one JSON object a line')
    .option('--read-only', 'connect for reading alone')
    .action((uri: string, { json, readOnly }: { json?: true; readOnly?: true }) =>
      session.guests(uri, json === true, readOnly === true),
    );
  moveCommand(program, 'preflight', 'check whether a guest can move; touches nothing').action(
    (guest: string, flags: MoveFlags) => session.preflight(moveRequest(guest, flags)),
  );
  moveCommand(program, 'migrate', 'check, then move a guest').action((guest: string, flags: MoveFlags) =>
    session.migrate(moveRequest(guest, flags)),
  );
  program
    .command('recover')
    .description('find out how migrations ended that Viaduct did not see to their end, and settle them')
    .option('--json', 'print one JSON object a line')
    .action(({ json }: { json?: true }) => session.recover(json === true));
  program
    .command('doctor <guest>')
    .description('say what two hosts have of a guest, and what may safely be done about it')
    .requiredOption('--source <uri>', 'connect URI of one of the hosts')
    .requiredOption('--destination <uri>', 'connect URI of the other')
    .addOption(
      new Option('--do <action>', 'look once more, and do one of the safe things').choices(actionKinds),
    )
    .option('--migrate-uri <uri>', 'recover-post-copy: where the memory is to go, as tcp://host')
    .option('--yes', 'agree beforehand')
    .option('--json', 'print one JSON object a line')
    .action((guest: string, { do: action, yes, json, ...flags }: DoctorFlags) =>
      session.doctor({ guest, action, json: json === true, ...flags }, yes === true),
    );
  program
    .command('history [guest-or-receipt]')
    .description('list the migrations that have ended, or show one of them in full')
    .option('--json', 'print one JSON object a line')
    .option('--limit <n>', 'the newest so many', wholeNumber(100_000), 500)
    .action((which: string | undefined, { json, limit }: { json?: true; limit: number }) =>
      session.history({ which, limit, json: json === true }),
    );
  program
    .command('serve')
    .description('serve the screen to a browser on this machine')
    .option('--port <n>', 'port on 127.0.0.1; 0 lets the system choose', portNumber, 0)
    .option('--no-open', 'do not start a browser')
    .action(({ port, open }: { port: number; open: boolean }) => session.serve(port, open));
  addPkiCommands(program, session);
  addHostCommands(program, session);
  for (const command of program.commands) command.exitOverride();
  return program;
}

function moveRequest(guest: string, flags: MoveFlags) {
  const { source, destination, json } = flags;
  return {
    ...{ guest, source, destination },
    json: json === true,
    options: planOptions(flags),
    identity: flags,
  };
}
