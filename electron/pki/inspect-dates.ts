import type { Certificate } from './certificate.ts';
import type { CredentialProblem } from './problems.ts';

const dayMs = 86_400_000;
const soonDays = 30;

/**
 * Validity of every given certificate at `now`. libvirt and QEMU look at all certificates of the CA file, so one
 * that is out of date there stops them even if nothing was issued by it.
 */
export function inspectDates(certificates: readonly Certificate[], now: Date): CredentialProblem[] {
  return certificates.flatMap((certificate) => inspectOne(certificate, now));
}

function inspectOne(certificate: Certificate, now: Date): CredentialProblem[] {
  const { label, notBefore, notAfter } = certificate;
  if (now > notAfter) {
    return [
      {
        code: 'expired',
        aspect: 'dates',
        severity: 'error',
        message: `The certificate of ${label} expired on ${notAfter.toISOString()}.`,
        remedy: `Renew the certificate of ${label}.`,
      },
    ];
  }
  if (now < notBefore) {
    return [
      {
        code: 'not-yet-valid',
        aspect: 'dates',
        severity: 'error',
        message: `The certificate of ${label} is not valid before ${notBefore.toISOString()}.`,
        remedy: `Check the host's clock, or issue the certificate of ${label} again with an earlier start.`,
      },
    ];
  }
  const daysLeft = Math.floor((notAfter.getTime() - now.getTime()) / dayMs);
  if (daysLeft >= soonDays) return [];
  return [
    {
      code: 'expires-soon',
      aspect: 'dates',
      severity: 'warning',
      message: `The certificate of ${label} expires on ${notAfter.toISOString()}, in ${daysLeft} days.`,
      remedy: `Renew the certificate of ${label} in time.`,
    },
  ];
}
