/** What to do about errors whose own remedy is about the command line, or says nothing of the wizard's buttons. */
const byCode: Readonly<Record<string, string>> = {
  internal: 'Try again. If it happens again, it is a fault of Viaduct: report it with the words above.',
  'authority-locked': 'Unlock it at the step "Authority" with its passphrase, then try again.',
  'authority-none': 'Make or import an authority at the step "Authority".',
  'authority-unknown': 'Choose another authority at the step "Authority".',
  'bad-certificate-name': 'Mend the names at the step "Names".',
  'allow-list-no-certificate': 'Put certificates on the hosts at the step "Certificates" first.',
  'deploy-undo-in-use': 'Take back the changes of that host first, at the step "Host changes".',
  'deploy-nothing-issued': 'Put certificates on the host at the step "Certificates" first.',
  'deploy-no-names': 'Give the names by which the hosts reach each other at the step "Names".',
  'host-unknown': 'Take it out at the step "Hosts", or add it to the board again.',
  'setup-interrupted': 'When the host can be reached again, go on with it, or take it back, here.',
  'setup-stuck': 'Mend that on the host, then take it back again here: it goes on from there.',
};

const certificatesStep = 'at the step "Certificates"';
const changesStep = 'at the step "Host changes"';

/** What stands in the place of each command of `viaduct` that a remedy names. */
const byCommand: readonly (readonly [RegExp, string])[] = [
  [
    /Run "viaduct pki (?:deploy|renew)" for (.+?)( together)?(, with its peers)?\.$/,
    `Put new certificates on $1$2$3 ${certificatesStep}.`,
  ],
  [/viaduct pki deploy \S+$/, `Put certificates on it ${certificatesStep}.`],
  [/Give the host its certificates first: Put/, 'Give the host its certificates first: put'],
  [
    /(?:To open its TLS port, run|Run) "viaduct host prepare" for (\S+?)(?=[.;](?:\s|$))/,
    `Let the daemon of $1 listen ${changesStep}`,
  ],
  [/; "viaduct host prepare" does it on the host\.$/, `; ${changesStep} it is done on the host.`],
  [
    /(?:, then run|Run) "viaduct pki validate"(?: for both[^.]*)?\.$/,
    ', then try again at the step "Proof".',
  ],
  [/Run "viaduct host undo [^"]*" to take back the rest\./, 'Take the rest back here.'],
  [
    /"viaduct pki deploy" and "viaduct pki renew" make another\./,
    'Putting new certificates there makes another.',
  ],
  [/Make new ones with "viaduct pki renew"/, `Put new ones there ${certificatesStep}`],
  [/See "viaduct pki status"[^.]*\./, 'See the certificates that there are in the view "Certificates".'],
];

const otherwise = 'Try again; if it stays so, look at the host itself.';

/** The remedy of an error or a finding in words that fit the wizard's screen: its steps instead of commands. */
export function screenRemedy(code: string, remedy: string | undefined): string {
  const ofCode = byCode[code];
  if (ofCode !== undefined) return ofCode;
  if (remedy === undefined || remedy.trim() === '') return otherwise;
  return byCommand.reduce((words, [command, instead]) => words.replace(command, instead), remedy);
}
