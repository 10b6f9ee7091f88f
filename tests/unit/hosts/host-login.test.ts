import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { HostLogin } from '../../../electron/hosts/host-login.ts';
import type { HostPrompts, LoginQuestion } from '../../../electron/hosts/host-prompts.ts';
import { parseConnectUri, type Credentials } from '../../../electron/libvirt/index.ts';
import { noPrompts } from '../../../electron/ssh/prompts.ts';

const signal = new AbortController().signal;
const verified = { encrypted: true, security: { level: 'verified', summary: '' } } as const;
const request = (attempt: number) => ({ server: 'alpha.lab', mechanism: 'SCRAM-SHA-256', attempt, signal });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viaduct-login-'));
  const text = '[auth-libvirt-default]\ncredentials=x\n[credentials-x]\nauthname=file\npassword=p\n';
  await writeFile(join(folder, 'auth.conf'), text, { mode: 0o644 });
  await writeFile(join(folder, 'empty.conf'), '');
});
afterAll(() => rm(folder, { recursive: true }));

function loginFor(query: string, answers: readonly (Credentials | undefined)[] = [], scheme = 'qemu+tcp') {
  const questions: LoginQuestion[] = [];
  const prompts: HostPrompts = {
    ...noPrompts,
    askLogin: (question) => {
      questions.push(question);
      return Promise.resolve(answers[questions.length - 1]);
    },
  };
  const file = query.includes('authfile') ? query : `authfile=${join(folder, 'empty.conf')}`;
  const uri = parseConnectUri(`${scheme}://someone@alpha.lab/system?${file}`);
  return { login: new HostLogin(uri, prompts), questions };
}
const typed: Credentials = { user: 'typed', password: 'q' };

describe("a host's login", () => {
  it('takes the file first, then asks, and says what it thinks of the file', async () => {
    const { login, questions } = loginFor(`authfile=${join(folder, 'auth.conf')}`, [typed]);
    const { options } = login.begin(verified);
    expect(await options.credentials(request(1))).toMatchObject({ user: 'file' });
    expect(login.notes).toEqual([expect.stringContaining('chmod 600') as string]);
    expect(await options.credentials(request(2))).toBe(typed);
    expect(questions).toEqual([
      { host: 'alpha.lab', mechanism: 'SCRAM-SHA-256', user: 'someone', attempt: 2 },
    ]);
  });

  it('uses again what worked, until it is forgotten', async () => {
    const { login, questions } = loginFor('', [typed, typed]);
    const first = login.begin(verified);
    await first.options.credentials(request(1));
    first.succeeded();
    expect(await login.begin(verified).options.credentials(request(1))).toBe(typed);
    expect(questions).toHaveLength(1);
    login.forget();
    await login.begin(verified).options.credentials(request(1));
    expect(questions).toHaveLength(2);
  });

  it('does not keep what was refused', async () => {
    const { login, questions } = loginFor('', [typed, undefined]);
    await login.begin(verified).options.credentials(request(1));
    expect(await login.begin(verified).options.credentials(request(1))).toBeUndefined();
    expect(questions).toHaveLength(2);
  });

  it('asks once for connections that are opened together', async () => {
    const answer = Promise.withResolvers<Credentials>();
    const questions: LoginQuestion[] = [];
    const askLogin = (question: LoginQuestion) => {
      questions.push(question);
      return answer.promise;
    };
    const uri = parseConnectUri(`qemu+tcp://alpha.lab/system?authfile=${join(folder, 'empty.conf')}`);
    const login = new HostLogin(uri, { ...noPrompts, askLogin });
    const logins = [1, 2].map(() => {
      const reached = Promise.withResolvers<undefined>();
      const asking = {
        ...request(1),
        get signal() {
          reached.resolve(undefined);
          return signal;
        },
      };
      return { given: login.begin(verified).options.credentials(asking), reached: reached.promise };
    });
    await Promise.all(logins.map(({ reached }) => reached));
    answer.resolve(typed);
    expect(await Promise.all(logins.map(({ given }) => given))).toEqual([typed, typed]);
    expect(questions).toHaveLength(1);
  });

  it('has nothing where nobody can be asked', async () => {
    const uri = parseConnectUri(`qemu+tcp://alpha.lab/system?authfile=${join(folder, 'empty.conf')}`);
    const { options } = new HostLogin(uri, noPrompts).begin(verified);
    expect(await options.credentials(request(1))).toBeUndefined();
  });

  it("does not take the ssh user for the daemon's", async () => {
    const { login, questions } = loginFor('', [typed], 'qemu+ssh');
    await login.begin(verified).options.credentials(request(1));
    expect(questions[0]?.user).toBeUndefined();
  });
});

it.each([
  [true, 'verified', true],
  [true, 'unverified', false],
  [false, 'insecure', false],
] as const)('a way that is encrypted: %s, %s, may carry a password: %s', (encrypted, level, may) => {
  const { login } = loginFor('');
  const { options } = login.begin({ encrypted, security: { level, summary: '' } });
  expect(options).toMatchObject({ transportEncrypted: may, server: 'alpha.lab' });
});
