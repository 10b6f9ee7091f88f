import { parseCertificates, type Certificate } from '../pki/certificate.ts';

/** What can be read of a certificate file; what cannot is not trusted, or shown, by the host either. */
export function certificatesIn(pem: string | undefined): Certificate[] {
  try {
    return parseCertificates(pem ?? '');
  } catch {
    return [];
  }
}
