import type { GuestName } from '../lab.ts';

/** One way to move a guest, that is proven there and back. */
export interface ModeCase {
  what: string;
  guest: GuestName;
  args: readonly string[];
  /** As the result has it. */
  mode: 'native-tls' | 'tunnelled' | 'ssh-relay' | 'plain';
  control: 'managed' | 'p2p';
  /** Whether a certificate is made for the run alone, by the authority of the run's own state folder. */
  oneTimeIdentity?: true;
}

const postCopy = ['--post-copy', '--timeout', '1', '--on-timeout', 'post-copy'];
const plain = ['--mode', 'plain', '--allow-plaintext'];

export const modeCases: readonly ModeCase[] = [
  { what: 'native TLS', guest: 'web01', args: [], mode: 'native-tls', control: 'managed' },
  {
    what: 'native TLS, peer-to-peer',
    guest: 'web01',
    args: ['--control', 'p2p'],
    mode: 'native-tls',
    control: 'p2p',
  },
  {
    what: 'native TLS with its disk',
    guest: 'db01',
    args: ['--disks', 'copy'],
    mode: 'native-tls',
    control: 'managed',
  },
  {
    what: 'native TLS, peer-to-peer with its disk',
    guest: 'db01',
    args: ['--control', 'p2p', '--disks', 'copy'],
    mode: 'native-tls',
    control: 'p2p',
  },
  {
    what: 'native TLS over two channels',
    guest: 'web01',
    args: ['--parallel', '2'],
    mode: 'native-tls',
    control: 'managed',
  },
  {
    what: 'native TLS with post-copy',
    guest: 'web01',
    args: postCopy,
    mode: 'native-tls',
    control: 'p2p',
  },
  {
    what: 'a tunnel with a one-time identity',
    guest: 'web01',
    args: ['--mode', 'tunnelled'],
    mode: 'tunnelled',
    control: 'p2p',
    oneTimeIdentity: true,
  },
  {
    what: 'the relay over SSH',
    guest: 'web01',
    args: ['--mode', 'ssh-relay'],
    mode: 'ssh-relay',
    control: 'managed',
  },
  {
    what: 'the relay over SSH with its disk',
    guest: 'db01',
    args: ['--mode', 'ssh-relay', '--disks', 'copy'],
    mode: 'ssh-relay',
    control: 'managed',
  },
  { what: 'in the clear', guest: 'web01', args: plain, mode: 'plain', control: 'managed' },
  {
    what: 'in the clear with its disk',
    guest: 'db01',
    args: [...plain, '--disks', 'copy'],
    mode: 'plain',
    control: 'managed',
  },
];
