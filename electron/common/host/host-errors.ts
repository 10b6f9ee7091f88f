import { ViaductError, type ErrorDetails } from '../errors.ts';
import { printable } from '../printable.ts';
import { scriptStatus } from './root-script.ts';

/** The login on a host cannot do what host setup needs. Code `host-rights`; the remedy says what is missing. */
export class HostRightsError extends ViaductError {
  constructor(message: string, remedy: string) {
    super('host-rights', message, { remedy });
  }

  static noSudo(host: string, user: string): HostRightsError {
    return new HostRightsError(
      `${user} on ${host} is not root, and ${host} has no sudo.`,
      `Log in to ${host} as root, or install sudo there and let ${user} use it.`,
    );
  }

  static refused(host: string, user: string, said: string): HostRightsError {
    const reason = printable(said, 200).trim().split('\n').at(-1) ?? '';
    return new HostRightsError(
      `${user} may not become root on ${host} with sudo: ${reason}`,
      `Let ${user} run "sh" with sudo on ${host} (a rule "${user} ALL=(root) ALL"), or log in as root.`,
    );
  }

  static cannotAsk(host: string, user: string): HostRightsError {
    return new HostRightsError(
      `sudo on ${host} asks ${user} for a password, and nobody can be asked here.`,
      `Run this on a terminal, log in to ${host} as root, or let ${user} use sudo there without a password.`,
    );
  }

  static notGiven(host: string, user: string): HostRightsError {
    return new HostRightsError(
      `The password of ${user} for sudo on ${host} was not given.`,
      'Start again when you have it; nothing was touched.',
    );
  }

  static wrongPassword(host: string, user: string): HostRightsError {
    return new HostRightsError(
      `sudo on ${host} did not accept the password of ${user}.`,
      `Check that ${user} may use sudo on ${host}, and that the password is that of ${user} there.`,
    );
  }
}

export type HostChangeCode =
  | 'host-file-changed'
  | 'host-file-unusable'
  | 'host-busy'
  | 'host-input-cut-off'
  | 'host-command-failed'
  | 'host-secret-gone';

/** Something on a host could not be changed; by itself it changed nothing, or it can be repeated. */
export class HostChangeError extends ViaductError {
  constructor(code: HostChangeCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }

  static ofStatus(status: number, failure: string, said: string): HostChangeError {
    const message = said === '' ? `${failure}: it ended with status ${status}.` : `${failure}: ${said}`;
    switch (status) {
      case scriptStatus.notAsPlanned:
        return new HostChangeError('host-file-changed', message, {
          remedy: 'See who else changes the configuration of this host, then look at a new plan.',
        });
      case scriptStatus.busy:
        return new HostChangeError('host-busy', message, { remedy: 'Try again when that has ended.' });
      case scriptStatus.inputCutOff:
        return new HostChangeError('host-input-cut-off', message, { remedy: 'Try again.' });
      default:
        return new HostChangeError('host-command-failed', message, {
          remedy: 'See the message above, and the journal of the host ("journalctl -e").',
        });
    }
  }
}
