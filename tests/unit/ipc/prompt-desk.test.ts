import { expect, it } from 'vitest';
import { EventHub } from '../../../electron/ipc/event-hub.ts';
import { PromptDesk } from '../../../electron/ipc/prompt-desk.ts';

const never = new AbortController().signal;
const hostKey = {
  host: 'beta',
  port: 22,
  type: 'ssh-ed25519',
  fingerprint: 'SHA256:abc',
  file: '/home/known_hosts',
  otherTypes: [],
  certificateAuthorityOnly: false,
};

function deskWithLog(): { desk: PromptDesk; log: string[] } {
  const events = new EventHub();
  const log: string[] = [];
  events.subscribe((event) => log.push(event));
  return { desk: new PromptDesk(events), log };
}

function onlyPromptId(desk: PromptDesk): string {
  const [prompt, ...others] = desk.list();
  if (!prompt || others.length > 0) throw new Error('expected exactly one open question');
  return prompt.promptId;
}

it('asks about a host key, and trusts it only when it is accepted', async () => {
  for (const [kind, trusted] of [
    ['accept', true],
    ['refuse', false],
  ] as const) {
    const { desk, log } = deskWithLog();
    const answer = desk.prompts.confirmHostKey(hostKey, never);
    expect(desk.list()).toMatchObject([{ kind: 'host-key', host: 'beta', fingerprint: 'SHA256:abc' }]);
    desk.answer(onlyPromptId(desk), { kind });
    expect(await answer).toBe(trusted);
    expect(log).toEqual(['prompt', 'promptClosed']);
    expect(desk.list()).toEqual([]);
  }
});

it('says what speaks against a key', () => {
  const { desk } = deskWithLog();
  void desk.prompts.confirmHostKey({ ...hostKey, otherTypes: ['ssh-rsa'] }, never);
  expect(desk.list()).toMatchObject([{ warning: expect.stringContaining('ssh-rsa') as string }]);
});

it('a secret is no yes to a host key', async () => {
  const { desk } = deskWithLog();
  const answer = desk.prompts.confirmHostKey(hostKey, never);
  desk.answer(onlyPromptId(desk), { kind: 'secret', secret: 'yes' });
  expect(await answer).toBe(false);
});

it('hands a passphrase over and keeps nothing of it', async () => {
  const { desk } = deskWithLog();
  const answer = desk.prompts.askPassphrase({ keyFile: '/key', attempt: 1 }, never);
  desk.answer(onlyPromptId(desk), { kind: 'secret', secret: 'correct horse' });
  expect(await answer).toBe('correct horse');
  expect(JSON.stringify(desk.list())).not.toContain('horse');
});

it('asks for the name and then the password of a login, and keeps nothing of it', async () => {
  const { desk } = deskWithLog();
  const question = { host: 'beta', mechanism: 'SCRAM-SHA-256', user: undefined, attempt: 1 };
  const answer = desk.prompts.askLogin?.(question, never);
  expect(desk.list()).toMatchObject([{ kind: 'login', host: 'beta', user: undefined }]);
  desk.answer(onlyPromptId(desk), { kind: 'secret', secret: 'fred' });
  await expect.poll(() => desk.list()).toMatchObject([{ kind: 'login', user: 'fred' }]);
  desk.answer(onlyPromptId(desk), { kind: 'secret', secret: 'correct horse' });
  expect(await answer).toEqual({ user: 'fred', password: 'correct horse' });
  expect(JSON.stringify(desk.list())).not.toContain('horse');
});

it('a login that is refused to, or without a name, is none', async () => {
  for (const given of [{ kind: 'refuse' }, { kind: 'secret', secret: '' }] as const) {
    const { desk } = deskWithLog();
    const question = { host: 'beta', mechanism: 'PLAIN', user: undefined, attempt: 2 };
    const answer = desk.prompts.askLogin?.(question, never);
    desk.answer(onlyPromptId(desk), given);
    expect(await answer).toBeUndefined();
  }
});

it('closes the question when the connection is given up', async () => {
  const { desk, log } = deskWithLog();
  const stop = new AbortController();
  const answer = desk.prompts.askPassphrase({ keyFile: '/key', attempt: 1 }, stop.signal);
  stop.abort();
  expect(await answer).toBeUndefined();
  expect(log).toEqual(['prompt', 'promptClosed']);
});

it('a second answer finds the question closed', () => {
  const { desk } = deskWithLog();
  void desk.prompts.confirmHostKey(hostKey, never);
  const promptId = onlyPromptId(desk);
  desk.answer(promptId, { kind: 'accept' });
  expect(() => desk.answer(promptId, { kind: 'accept' })).toThrow('no longer open');
});

it('closing refuses all that is open', async () => {
  const { desk } = deskWithLog();
  const trusted = desk.prompts.confirmHostKey(hostKey, never);
  const passphrase = desk.prompts.askPassphrase({ keyFile: '/key', attempt: 1 }, never);
  desk.close();
  expect(await trusted).toBe(false);
  expect(await passphrase).toBeUndefined();
});

it('asks for the password that sudo wants, and keeps nothing of it', async () => {
  const { desk, log } = deskWithLog();
  const answer = desk.sudoPrompts.askSudoPassword({ host: 'beta', user: 'ada', attempt: 2 }, undefined);
  expect(desk.list()).toMatchObject([{ kind: 'sudo', host: 'beta', user: 'ada', attempt: 2 }]);
  desk.answer(onlyPromptId(desk), { kind: 'secret', secret: 'correct horse' });
  expect(await answer).toBe('correct horse');
  expect(JSON.stringify(desk.list())).not.toContain('horse');
  expect(log).toEqual(['prompt', 'promptClosed']);
});
