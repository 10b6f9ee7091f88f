import { describe, expect, it } from 'vitest';
import { BadInputError } from '../../../electron/common/errors.ts';
import { chooseRoute } from '../../../electron/hosts/routes/choose-route.ts';
import { daemonInWords } from '../../../electron/hosts/routes/daemon-words.ts';
import { ManagedHost } from '../../../electron/hosts/managed-host.ts';
import { parseConnectUri } from '../../../electron/libvirt/index.ts';
import { noPrompts } from '../../../electron/ssh/prompts.ts';

const host = (uri: string) => new ManagedHost(uri, { home: '/nonexistent', prompts: noPrompts });
const route = (uri: string) => chooseRoute(parseConnectUri(uri), '/nonexistent', noPrompts);

describe('a host by its connect URI', () => {
  it.each<[string, string, string, string, boolean]>([
    ['qemu+ssh://root@alpha.lab/system', 'alpha.lab', 'ssh', 'verified', true],
    ['qemu://alpha.lab/system', 'alpha.lab', 'tls', 'verified', true],
    ['qemu+tls://alpha.lab/system?no_verify=1', 'alpha.lab', 'tls', 'unverified', true],
    ['qemu:///system', 'localhost', 'unix', 'verified', true],
    ['xend+ext:///?command=/bin/carry', 'localhost', 'ext', 'insecure', false],
    ['test+ssh://alpha.lab/default', 'alpha.lab', 'ssh', 'verified', true],
    ['qemu+tcp://alpha.lab/system', 'alpha.lab', 'tcp', 'insecure', false],
    ['qemu+ext:///system?command=/bin/carry', 'localhost', 'ext', 'insecure', false],
    ['qemu+ssh://alpha.lab/system?command=ssh', 'alpha.lab', 'ssh, by ssh', 'unknown', true],
    ['qemu+ssh://alpha.lab/system?command=ssh&no_verify=1', 'alpha.lab', 'ssh, by ssh', 'unverified', true],
  ])('%s is %s over %s, %s', (uri, name, transport, level, encrypted) => {
    const made = host(uri);
    expect([made.name, route(uri).transport, made.security.level]).toEqual([name, transport, level]);
    expect(route(uri).encrypted).toBe(encrypted);
  });

  it.each([
    ['nonsense', 'is not a connect URI'],
    ['qemu+tls://alpha.lab/system?tls_priority=NORMAL:-VERS-ALL', 'leaves no way to connect'],
  ])('%s is refused in one sentence', (uri, words) => {
    expect(() => host(uri)).toThrow(BadInputError);
    expect(() => host(uri)).toThrow(words);
  });

  it.each([
    ['no_verify=1', 'unverified', 'is not checked on this connection'],
    ['known_hosts_verify=ignore', 'unverified', 'is not checked on this connection'],
    ['known_hosts_verify=auto', 'verified', 'put on record without a question'],
  ])('says what %s means for as long as the host is there', (parameter, level, words) => {
    const made = host(`qemu+ssh://alpha.lab/system?${parameter}`);
    expect(made.notes.join()).toContain(words);
    expect(made.security.level).toBe(level);
  });

  it.each([
    ['qemu+libssh2://alpha.lab/system', 'libssh2 is read as ssh'],
    ['qemu+tls://alpha.lab/system?tls_priority=NORMAL:%25COMPAT', 'has no effect here'],
  ])('%s has a note', (uri, words) => {
    expect(host(uri).notes.join()).toContain(words);
  });
});

describe('which daemon answers', () => {
  it.each<[string | undefined, string[], string | undefined]>([
    ['/run/libvirt/libvirt-sock', [], 'libvirtd'],
    ['/run/libvirt/libvirt-sock-ro', ['/run/libvirt/virtqemud-sock'], 'virtproxyd (modular)'],
    ['/run/user/7/libvirt/libvirt-sock', ['/run/libvirt/virtqemud-sock'], 'libvirtd'],
    ['/run/user/7/libvirt/virtqemud-sock', [], 'virtqemud (modular)'],
    ['/tmp/my.sock', [], undefined],
    [undefined, [], undefined],
  ])('at %s, with %j beside it: %s', async (socket, others, words) => {
    expect(await daemonInWords(socket, 'qemu', (path) => Promise.resolve(others.includes(path)))).toBe(words);
  });
});
