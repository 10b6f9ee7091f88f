import { DeployedHosts } from '../../../deploy/deployed-hosts.ts';
import { clientUri, issueClientCertificate, type ClientOrder } from '../../../deploy/client-certificate.ts';
import { exitCodes } from '../../exit-codes.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { certificateFields } from './authority-fields.ts';
import { openIssuer, type DeployRequest } from './deploy.ts';
import { FindingReporter } from './deploy-report.ts';

export interface ClientCertificateRequest
  extends ClientOrder, Pick<DeployRequest, 'home' | 'passphraseFile' | 'ca' | 'json'> {}

/** Makes a certificate for this workstation's connections by `qemu+tls`, and says how it is used. */
export async function runClientCertificate(request: ClientCertificateRequest): Promise<number> {
  const { home, json } = request;
  const reporter = new FindingReporter(json);
  const issuer = await openIssuer(request, reporter);
  try {
    const { authority } = issuer.unlocked;
    const { folder, entry, backup } = await issueClientCertificate(issuer, home, request);
    const hosts = [...(await new DeployedHosts(home).read()).keys()];
    const uris = (hosts.length > 0 ? hosts : ['HOST']).map((host) => clientUri(host, folder));
    if (json) {
      const fields = certificateFields(authority.name, { ...entry, state: 'valid' }, new Date());
      writeJsonLine('certificate', { ...fields, folder, backup: backup ?? null, connectUris: uris });
      return exitCodes.done;
    }
    const until = entry.notAfter.toISOString().slice(0, 10);
    process.stdout.write(
      [
        `The certificate of ${entry.host} is in ${folder}, valid until ${until}. Its key is not encrypted: keep the folder to yourself.`,
        ...(backup === undefined ? [] : [`What was there before is in ${backup}.`]),
        'Connect with:',
        ...uris.map((uri) => `  ${uri}`),
      ]
        .map((line) => `${line}\n`)
        .join(''),
    );
    return exitCodes.done;
  } finally {
    issuer.unlocked.lock();
  }
}
