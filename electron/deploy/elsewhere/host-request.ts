import { expectDone } from '../../common/host/host-files.ts';
import { HostChangeError } from '../../common/host/host-errors.ts';
import type { Purpose } from '../../pki/inspect-usage.ts';
import type { CertificateNames } from '../../pki/names.ts';
import { fromPem, toPem } from '../../pki/pem.ts';
import type { KeyTool } from '../certificate-hand.ts';
import { stagedPath } from '../certificate-script.ts';
import type { PkiHost } from '../pki-host.ts';
import { requestTemplate } from './request-template.ts';

const limits = { deadlineMs: 60_000, maxOutputBytes: 64 * 1024 };

/** TOOL KEYFILE TEMPLATE: prints a request that is signed with the key; changes nothing. */
const requestScript = String.raw`
set -u
case $1 in
  openssl) printf '%s' "$3" | openssl req -new -sha256 -utf8 -config /dev/stdin -key "$2" ;;
  certtool) printf '%s' "$3" | certtool --generate-request --load-privkey "$2" --template /dev/stdin --no-text ;;
  *) exit 93 ;;
esac
`;

/**
 * A request for the key that waits beside `path`, with all that its certificate is to hold; in PEM form, alone.
 *
 * @throws {HostChangeError}
 */
export async function makeHostRequest(
  { root, name }: PkiHost,
  tool: KeyTool,
  path: string,
  names: CertificateNames,
  purpose: Purpose,
): Promise<string> {
  const words = [tool, stagedPath(path), requestTemplate(tool, names, purpose)];
  const result = await root.operate('look', ['sh', '-c', requestScript, 'viaduct', ...words], limits);
  expectDone(result, `The request for ${path} could not be made`);
  const der = fromPem('(?:NEW )?CERTIFICATE REQUEST', new TextDecoder().decode(result.stdout));
  if (der !== undefined) return toPem('CERTIFICATE REQUEST', der);
  throw new HostChangeError('host-command-failed', `${tool} on ${name} made no request for ${path}.`);
}
