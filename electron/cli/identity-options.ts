import type { Command } from 'commander';

/** The options of an identity as commander hands them over. */
export interface IdentityFlags {
  oneTimeIdentity?: true;
  ca?: string;
  passphraseFile?: string;
}

export function addIdentityOptions(command: Command): Command {
  return command
    .option(
      '--one-time-identity',
      "p2p: have the source's daemon log in with a certificate for this migration alone, signed by an authority of this machine",
    )
    .option('--ca <name>', 'the authority that signs it, where there are several')
    .option('--passphrase-file <file>', "file with the passphrase of that authority's key");
}
