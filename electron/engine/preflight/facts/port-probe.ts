import type { HostShell } from '../../../hosts/host-access.ts';
import type { PortRange } from './network-probes.ts';
import { runTool, type ToolOptions } from './shell-tools.ts';

/**
 * `open`: a connection was made. `rejected`: the way answers that it may not. `filtered`: nothing answers.
 * `no-listener`: no port could be opened on the destination to try.
 */
export interface PortProbe {
  port: number;
  outcome: 'open' | 'rejected' | 'filtered' | 'no-route' | 'no-listener';
  /** What the connecting or the listening tool said. */
  detail: string;
}

/**
 * Listens on the first port of "$2"… that is free, for at most "$1" seconds, and prints `listening PORT` once the
 * port is bound. The listener outlives this script, takes one connection and ends. It connects nothing to anything.
 *
 * A port is only ever tried from the other side after this said so: a foreign listener of the range is a guest that
 * waits for its migration, and the first connection it gets would be taken for that migration.
 */
const listenScript = `
seconds=$1; shift
listen() {
  if command -v systemd-socket-activate >/dev/null 2>&1; then
    exec timeout "$seconds" systemd-socket-activate "--listen=$1" true
  elif command -v python3 >/dev/null 2>&1; then
    exec timeout "$seconds" python3 -c 'import socket, sys
port = int(sys.argv[1])
s = (socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
     if socket.has_dualstack_ipv6() else socket.create_server(("", port)))
print("Listening on", port, file=sys.stderr, flush=True)
s.accept()' "$1"
  fi
  echo "no tool to listen with" >&2
}
for port in "$@"; do
  exec 3< <(listen "$port" 2>&1 >/dev/null </dev/null)
  IFS= read -r -t 2 -u 3 line || line="no answer"
  case $line in
    Listening*) echo "listening $port"; exit 0 ;;
  esac
done
echo "$line"
exit 3
`;

/** Opens a connection to "$1" port "$2" and closes it. */
const connectScript = 'exec 3<>"/dev/tcp/$1/$2"';

const listenSeconds = 4;
const connectSeconds = 2;
const exitTimeout = 124;
/** libvirt hands out ports from the bottom of the range; a few may be taken by guests on their way. */
const candidates = 4;
/** So many at the top of the range may be in use by the probe. */
export const portsOfProbe = candidates;

/** The ends of the way that is tried. */
export interface Way {
  source: HostShell;
  destination: HostShell;
  /** The destination as the source will address it. */
  host: string;
}

/**
 * Candidates for a port at the bottom of the range, where libvirt takes its ports from, and for one at the top.
 *
 * While a guest is arriving only the top is tried: the port that was promised to it must not be in our hands at the
 * moment in which its QEMU binds it.
 */
export function samplePorts(range: PortRange, hasIncomingMigration: boolean): number[][] {
  const ports = Array.from({ length: range.max - range.min + 1 }, (_, index) => range.min + index);
  const bottom = ports.slice(0, candidates);
  const top = ports.slice(candidates).slice(-candidates).reverse();
  if (top.length === 0) return [bottom];
  return hasIncomingMigration ? [top] : [bottom, top];
}

/** Tries one port of each sample. */
export async function probePortRange(
  way: Way,
  samples: readonly (readonly number[])[],
  options: ToolOptions,
): Promise<PortProbe[]> {
  return Promise.all(samples.map((sample) => probeOne(way, sample, options)));
}

async function probeOne(
  { source, destination, host }: Way,
  sample: readonly number[],
  options: ToolOptions,
): Promise<PortProbe> {
  const listenArgv = ['bash', '-c', listenScript, 'listen', String(listenSeconds), ...sample.map(String)];
  const listening = await runTool(destination, listenArgv, { ...options, deadlineMs: 6_000 });
  const match = /^listening (\d{1,5})$/m.exec(listening?.output ?? '');
  const port = Number(match?.[1] ?? sample[0]);
  if (match === null || !sample.includes(port)) {
    const detail = listening === undefined ? 'no bash' : listening.output.trim() || listening.errorText;
    return { port, outcome: 'no-listener', detail: detail.slice(0, 200) };
  }
  const connect = ['bash', '-c', connectScript, 'connect', host, String(port)];
  const connected = await runTool(source, ['timeout', String(connectSeconds), ...connect], options);
  return { port, ...outcomeOf(connected) };
}

function outcomeOf(result: { code: number; errorText: string } | undefined): Omit<PortProbe, 'port'> {
  if (result === undefined)
    return { outcome: 'no-listener', detail: 'the source has no bash to connect with' };
  if (result.code === 0) return { outcome: 'open', detail: 'a connection was made' };
  if (result.code === exitTimeout) return { outcome: 'filtered', detail: `no answer in ${connectSeconds} s` };
  const detail = result.errorText.split('\n')[0]?.slice(0, 200) ?? '';
  if (/refused/i.test(detail)) return { outcome: 'rejected', detail };
  if (/timed out/i.test(detail)) return { outcome: 'filtered', detail };
  return { outcome: 'no-route', detail };
}
