import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import type { Authority } from '../../../electron/pki/authority.ts';
import { plainKeyPem } from '../../../electron/pki/encrypted-key.ts';
import { makeKeyPair, type KeyPair } from '../../../electron/pki/key-kinds.ts';
import { issuedCertificates, openRequests } from '../../../electron/pki/ledger-view.ts';
import { authorityValidity } from '../../../electron/pki/lifetimes.ts';
import {
  acceptRevocationList,
  publishRevocationList,
  revokeCertificates,
} from '../../../electron/pki/revoke.ts';
import { acceptFromElsewhere, requestElsewhere } from '../../../electron/pki/sign-elsewhere.ts';
import { signAuthority } from '../../../electron/pki/sign.ts';
import { makeSigningRequest } from '../../../electron/pki/signing-request.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { hostNames, issueNew, makeStand, orderFor, passphrase, type Stand } from './authorities.ts';
import { issueCertificate } from '../../../electron/pki/issue.ts';
import { mustRun, temporaryFolder } from './tools.ts';

const folder = temporaryFolder();
/** Later than what openssl signs now, which it does not backdate. */
const now = new Date(Date.now() + 300_000);
const good = [
  'subjectAltName=DNS:beta.lab,DNS:beta,IP:10.0.0.6,IP:2001:db8::6',
  'extendedKeyUsage=serverAuth,clientAuth',
];
let caKeys: KeyPair;
let caPem: string;

beforeAll(async () => {
  caKeys = await makeKeyPair('rsa3072');
  caPem = await signAuthority('Company CA', caKeys, authorityValidity(new Date()));
  writeFileSync(join(folder, 'ca.pem'), caPem);
  writeFileSync(join(folder, 'ca.key'), plainKeyPem(caKeys.privateKey));
});

let count = 0;

/** The company's authority, of which only the certificate is here, with one open request. */
async function requested(): Promise<{ authority: Authority; request: string }> {
  count += 1;
  const store = new AuthorityStore(join(folder, `home-${count}`));
  const authority = await store.import({ name: 'Company', certificate: caPem });
  const request = await makeSigningRequest(await makeKeyPair('p256'), hostNames, ['server', 'client']);
  await requestElsewhere(authority, orderFor(), request, now);
  return { authority, request };
}

/** Signed by openssl, where the key is. */
function signElsewhere(request: string, extensions: readonly string[] = good, days = '90'): string {
  const [csr, config] = [join(folder, 'csr.pem'), join(folder, 'extensions')];
  writeFileSync(csr, request);
  writeFileSync(config, `${extensions.join('\n')}\n`);
  const ca = [
    '-CA',
    join(folder, 'ca.pem'),
    '-CAkey',
    join(folder, 'ca.key'),
    '-set_serial',
    `0x${Date.now()}${count}`,
  ];
  return mustRun('openssl', ['x509', '-req', '-in', csr, ...ca, '-days', days, '-extfile', config]);
}

const codeOf = (error: unknown) => (error as { code: string }).code;

describe('an authority whose key is elsewhere', () => {
  it('cannot be unlocked here', async () => {
    const { authority } = await requested();
    expect(authority.hasKey).toBe(false);
    await expect(unlockAuthority(authority, passphrase)).rejects.toMatchObject({ code: 'key-elsewhere' });
  });

  it('has its requests answered, once each', async () => {
    const { authority, request } = await requested();
    expect(openRequests(await authority.ledger.read())).toHaveLength(1);
    const signed = signElsewhere(request);
    const { pem, entry } = await acceptFromElsewhere(authority, signed + caPem, now);
    expect(signed).toContain(pem);
    expect(entry).toMatchObject({ host: 'beta.lab', usedBy: 'qemu', ...hostNames });
    expect(openRequests(await authority.ledger.read())).toEqual([]);
    await expect(acceptFromElsewhere(authority, signed, now)).rejects.toMatchObject({
      code: 'request-unknown',
    });
  });

  it('has a request replaced by a later one for the same place', async () => {
    const { authority, request } = await requested();
    const again = await makeSigningRequest(await makeKeyPair('p256'), hostNames, ['server', 'client']);
    await requestElsewhere(authority, orderFor(), again, now);
    expect(openRequests(await authority.ledger.read())).toHaveLength(1);
    await expect(acceptFromElsewhere(authority, signElsewhere(request), now)).rejects.toMatchObject({
      code: 'request-unknown',
    });
    await acceptFromElsewhere(authority, signElsewhere(again), now);
  });

  it.each<[string, string[], string]>([
    ['lacks a name', ['subjectAltName=DNS:beta.lab', good[1] ?? ''], 'not for beta.'],
    ['lacks a purpose', [good[0] ?? '', 'extendedKeyUsage=serverAuth'], 'not for clientAuth'],
    ['is an authority', [...good, 'basicConstraints=critical,CA:TRUE'], 'cannot identify a host'],
    ['may not sign', [...good, 'keyUsage=critical,keyEncipherment'], 'digital signatures'],
  ])('refuses an answer that %s', async (_what, extensions, sentence) => {
    const { authority, request } = await requested();
    const error: unknown = await acceptFromElsewhere(
      authority,
      signElsewhere(request, extensions),
      now,
    ).catch((thrown: unknown) => thrown);
    expect(codeOf(error)).toBe('certificate-unfit');
    expect(String(error)).toContain(sentence);
    expect(openRequests(await authority.ledger.read())).toHaveLength(1);
  });

  it('refuses an answer of another authority, for another key, or that has expired', async () => {
    const { authority, request } = await requested();
    const { unlocked }: Stand = await makeStand(folder, { name: 'Company CA' });
    const { publicKey, privateKey } = await makeKeyPair('p256');
    const ours = await makeSigningRequest({ publicKey, privateKey }, hostNames, ['server']);
    await requestElsewhere(authority, orderFor({ purposes: ['server'] }), ours, now);
    const { pem: foreign } = await issueCertificate(unlocked, orderFor(), publicKey);
    const { pem: unasked } = await issueNew(unlocked);
    const accept = (pem: string, at = now) => acceptFromElsewhere(authority, pem, at).catch(codeOf);
    expect(await accept(foreign)).toBe('certificate-unfit');
    expect(await accept(unasked)).toBe('request-unknown');
    expect(await accept(signElsewhere(request), new Date(now.getTime() + 100 * 86_400_000))).toBe(
      'certificate-unfit',
    );
    expect(await accept('x')).toBe('certificate-missing');
  });

  it('takes over its revocation list, and what that says of its certificates', async () => {
    const stand = await makeStand(folder, { name: 'Company CA' });
    const store = new AuthorityStore(join(folder, 'home-lists'));
    const authority = await store.import({ name: 'Company', certificate: stand.authority.certificate.pem });
    const keys = await makeKeyPair('p256');
    await requestElsewhere(authority, orderFor(), await makeSigningRequest(keys, hostNames, ['server']), now);
    const { pem, entry } = await issueCertificate(stand.unlocked, orderFor(), keys.publicKey);
    await acceptFromElsewhere(authority, pem, now);
    const stateNow = async () => issuedCertificates(await authority.ledger.read(), now)[0]?.state;

    const foreign = await publishRevocationList((await makeStand(folder, { name: 'Company CA' })).unlocked);
    await expect(acceptRevocationList(authority, foreign, now)).rejects.toMatchObject({
      code: 'revocation-list-foreign',
    });
    await expect(acceptRevocationList(authority, 'x', now)).rejects.toMatchObject({
      code: 'revocation-list-unreadable',
    });
    expect(await stateNow()).toBe('valid');

    const list = await revokeCertificates(stand.unlocked, [entry.serial], 'keyCompromise');
    await acceptRevocationList(authority, list, now);
    await acceptRevocationList(authority, list, now);
    expect(await stateNow()).toBe('revoked');
    expect(await authority.revocationList()).toBe(list);

    const past = await unlockAuthority(stand.authority, passphrase, {
      clock: () => new Date(now.getTime() - 86_400_000),
    });
    const older = await publishRevocationList(past);
    await expect(acceptRevocationList(authority, older, now)).rejects.toMatchObject({
      code: 'revocation-list-older',
    });
  });
});
