import type { Request } from '../../electron/ipc/contract.ts';

type KeyKind = Request<'authorities.create'>['key'];

const daysOfYear = 365;
/** The contract's bound of 10 950 days. */
const maxYears = 30;

/** Why two entries of a passphrase cannot be used yet. */
function passphraseFault(passphrase: string, repeated: string): string | undefined {
  if (passphrase === '') return 'Choose a passphrase for its key.';
  return passphrase === repeated ? undefined : 'Type the same passphrase twice.';
}

/** What is typed for an authority to be made. It lives as long as its form, and forgets the passphrase once it was sent. */
export class NewAuthorityDraft {
  name = $state('');
  years = $state('10');
  key = $state<KeyKind>('rsa3072');
  passphrase = $state('');
  repeated = $state('');
  remember = $state(false);

  get blocked(): string | undefined {
    const years = Number(this.years);
    if (this.name.trim() === '') return 'Give it a name.';
    if (!Number.isInteger(years) || years < 1 || years > maxYears)
      return `Its life is 1 to ${maxYears} years.`;
    return passphraseFault(this.passphrase, this.repeated);
  }

  take(): Request<'authorities.create'> {
    const { key, passphrase, remember } = this;
    this.forget();
    return { name: this.name.trim(), days: Number(this.years) * daysOfYear, key, passphrase, remember };
  }

  forget(): void {
    this.passphrase = '';
    this.repeated = '';
  }
}

/** What is typed or read from files for an authority that exists. */
export class ImportedAuthorityDraft {
  name = $state('');
  certificate = $state('');
  keyPem = $state('');
  openedWith = $state('');
  passphrase = $state('');
  repeated = $state('');
  remember = $state(false);
  readonly hasKey = $derived(this.keyPem.trim() !== '');

  get blocked(): string | undefined {
    if (this.name.trim() === '') return 'Give it a name.';
    if (this.certificate.trim() === '') return 'Its certificate is needed.';
    return this.hasKey ? passphraseFault(this.passphrase, this.repeated) : undefined;
  }

  take(): Request<'authorities.import'> {
    const { certificate, keyPem: pem, openedWith, passphrase, remember } = this;
    const key = { pem, passphrase, remember, ...(openedWith === '' ? {} : { openedWith }) };
    const request = { name: this.name.trim(), certificate, ...(this.hasKey ? { key } : {}) };
    this.forget();
    return request;
  }

  /** The key itself stays until the form goes: without it a second try would bring in the certificate alone. */
  forget(): void {
    this.openedWith = '';
    this.passphrase = '';
    this.repeated = '';
  }
}
