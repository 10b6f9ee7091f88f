import { expect, it } from 'vitest';
import { opensshArguments, type SessionRequest } from '../../../../electron/hosts/relay/openssh-arguments.ts';

const request: SessionRequest = {
  target: { host: 'alpha.lab' },
  knownHostsFiles: ['/home/me/a folder/known_hosts', '/etc/ssh/ssh_known_hosts'],
  folder: '/run/libvirt/viaduct-1',
  sockets: [],
  command: ['sh', '-c', 'cat; rm -rf -- "$1"', 'keeper', '/run/libvirt/viaduct-1'],
};
const args = (given: Partial<SessionRequest> = {}): string[] => opensshArguments({ ...request, ...given });
const options = (given: Partial<SessionRequest> = {}): string[] => {
  const all = args(given);
  return all.filter((_, index) => all[index - 1] === '-o');
};

it('asks nothing, opens nothing of its own, and shares no session of the user', () => {
  for (const option of [
    ...['BatchMode=yes', 'ControlPath=none', 'ExitOnForwardFailure=yes', 'ForwardAgent=no'],
    ...['RemoteCommand=none', 'StreamLocalBindMask=0177', 'StrictHostKeyChecking=yes'],
  ])
    expect(options()).toContain(option);
});

it('takes the application’s host keys before the user’s, and no others', () => {
  expect(options()).toContain(
    'UserKnownHostsFile="/home/me/a folder/known_hosts" "/etc/ssh/ssh_known_hosts"',
  );
  expect(options()).toContain('GlobalKnownHostsFile=/dev/null');
});

it('takes any host key only where the URI says so', () => {
  expect(options({ target: { host: 'a', hostKeys: 'accept-any' } })).toContain('StrictHostKeyChecking=no');
  expect(options({ target: { host: 'a', hostKeys: 'accept-new' } })).toContain('StrictHostKeyChecking=yes');
});

it('logs in as the URI says', () => {
  const target = { host: 'alpha.lab', port: 2222, user: 'root', keyFile: '/k' };
  expect(args({ target }).join(' ')).toContain('-p 2222 -l root -i /k');
  expect(options({ target })).toContain('IdentitiesOnly=yes');
  expect(options({ target: { host: 'a', logins: ['password'] } })).toContain('PubkeyAuthentication=no');
});

it('has the host listen or connect, whatever is in the paths', () => {
  const sockets = [
    { name: 'memory', local: '/tmp/a:b/x', way: 'listen' },
    { name: 'disks', local: '/tmp/100%/y', way: 'connect' },
  ] as const;
  expect(args({ sockets }).join(' ')).toContain(
    String.raw`-R /run/libvirt/viaduct-1/memory:/tmp/a\:b/x -L /tmp/100%%/y:/run/libvirt/viaduct-1/disks`,
  );
});

it('ends with the host and one command, quoted for its shell', () => {
  expect(args().slice(-3)).toEqual([
    '--',
    'alpha.lab',
    `sh -c 'cat; rm -rf -- "$1"' keeper /run/libvirt/viaduct-1`,
  ]);
});
