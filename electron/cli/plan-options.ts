import { InvalidArgumentError, Option, type Command } from 'commander';
import { isOfDaemons } from '../engine/choose-control.ts';
import { controlChoices, type ControlChoice } from '../engine/control.ts';
import {
  type CompressionMethod,
  compressionMethods,
  type DiskChoice,
  diskChoices,
  maxParallel,
  modes,
  type Mode,
  type PlanOptions,
  type TimeoutAction,
  timeoutActions,
} from '../engine/plan.ts';

/** The plan options as commander hands them over. */
export interface PlanFlags {
  mode: Mode;
  control?: ControlChoice;
  dconnuri?: string;
  unattended?: true;
  allowPlaintext?: true;
  disks: DiskChoice;
  disk?: string[];
  parallel?: number;
  compress?: CompressionMethod;
  autoConverge?: true;
  postCopy?: true;
  timeout?: number;
  onTimeout?: TimeoutAction;
  bandwidth?: number;
  maxDowntime?: number;
  migrateUri?: string;
  tlsDestination?: string;
  persist?: true;
  keepSourceDefinition?: true;
  offline?: true;
  rename?: string;
  ignoreManager?: true;
}

/** A parser of whole numbers from 1 to `maximum`, for an option of the command line. */
export function wholeNumber(maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || value < 1 || value > maximum) {
      throw new InvalidArgumentError(`It takes a whole number from 1 to ${maximum}.`);
    }
    return value;
  };
}

/** Adds the options that make up a plan to a command. */
export function addPlanOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--mode <mode>', "how the guest's data travels").choices(modes).default('native-tls'),
    )
    .addOption(
      new Option(
        '--control <who>',
        "who drives: Viaduct (managed), the source's daemon by itself (p2p), or p2p where it can log in at the destination (auto); managed unless given, p2p for a tunnel and for post-copy",
      ).choices(controlChoices),
    )
    .option(
      '--dconnuri <uri>',
      "p2p: the destination as the source's daemon reaches it, as qemu+tls://host/system",
    )
    .option(
      '--unattended',
      'p2p: let the destination start the guest without Viaduct; if the daemons lose each other right then, libvirt may run it on both hosts',
    )
    .option('--allow-plaintext', 'consent to data in the clear, for this run')
    .addOption(
      new Option(
        '--disks <choice>',
        'copy local disks along, copy their top layers alone (incremental), or expect shared storage',
      )
        .choices(diskChoices)
        .default('none'),
    )
    .option('--disk <target>', 'copy this disk alone, as vda; may be repeated', collected)
    .option(
      '--parallel <n>',
      'so many connections for memory beside the first (multifd)',
      wholeNumber(maxParallel),
    )
    .addOption(
      new Option('--compress <method>', 'compress the memory on its way').choices(compressionMethods),
    )
    .option('--auto-converge', 'slow the guest down when it writes faster than the link carries')
    .option(
      '--post-copy',
      'allow to run the guest on the destination before all of its memory is there; the daemons then start it without Viaduct, as with --unattended',
    )
    .option('--timeout <s>', 'time for the copy, after which --on-timeout is done', wholeNumber(1_000_000))
    .addOption(
      new Option('--on-timeout <action>', 'what is done then; cancel unless given').choices(timeoutActions),
    )
    .option('--bandwidth <MiBps>', 'limit of the transfer, MiB/s', wholeNumber(1_000_000))
    .option('--max-downtime <ms>', 'longest pause allowed at switchover', wholeNumber(2_000_000))
    .option('--migrate-uri <uri>', 'the data address, as tcp://host')
    .option('--tls-destination <name>', "the name to expect in the destination's certificate")
    .option('--persist', 'define a transient guest on the destination')
    .option('--keep-source-definition', 'leave the definition on the source, shut off')
    .option('--offline', 'move the definition of a guest that is shut off; its disks are not copied')
    .option('--rename <name>', "the guest's name on the destination")
    .option('--ignore-manager', 'move a guest that OpenStack or another program manages behind its back');
}

function collected(value: string, before: string[] = []): string[] {
  return [...before, value];
}

export function planOptions(flags: PlanFlags): PlanOptions {
  const postCopy = flags.postCopy === true;
  return {
    mode: flags.mode,
    control: flags.control ?? (isOfDaemons({ mode: flags.mode, postCopy }) ? 'p2p' : 'managed'),
    dconnuri: flags.dconnuri,
    unattended: flags.unattended,
    allowPlaintext: flags.allowPlaintext === true,
    disks: flags.disks,
    diskTargets: flags.disk,
    parallel: flags.parallel,
    compress: flags.compress,
    autoConverge: flags.autoConverge === true,
    postCopy,
    timeoutS: flags.timeout,
    onTimeout: flags.onTimeout,
    bandwidthMiBps: flags.bandwidth,
    maxDowntimeMs: flags.maxDowntime,
    migrateUri: flags.migrateUri,
    tlsDestination: flags.tlsDestination,
    persist: flags.persist === true,
    keepSourceDefinition: flags.keepSourceDefinition === true,
    offline: flags.offline === true,
    rename: flags.rename,
    ignoreManager: flags.ignoreManager,
  };
}
