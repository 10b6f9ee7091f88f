import type { CertificatesDesk } from '../certificates/certificates-desk.ts';
import type { Handlers } from '../contract.ts';

type CertificateCommands = Extract<keyof Handlers, `certificates.${string}`>;

export function certificateHandlers(certificates: CertificatesDesk): Pick<Handlers, CertificateCommands> {
  return {
    'certificates.get': async () => ({ certificates: await certificates.get() }),
    'certificates.look': (request) => {
      certificates.look(request);
      return Promise.resolve({});
    },
    'certificates.renew': async ({ hostIds }) => {
      await certificates.renew(hostIds);
      return {};
    },
    'certificates.revoke': async ({ owner }) => {
      await certificates.revoke(owner);
      return {};
    },
    'certificates.cancel': () => {
      certificates.cancel();
      return Promise.resolve({});
    },
    'certificates.dismiss': () => {
      certificates.dismiss();
      return Promise.resolve({});
    },
  };
}
