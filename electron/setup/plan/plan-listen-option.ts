import type { HostFile } from '../../common/host/host-files.ts';
import { environmentWords } from '../config/environment-file.ts';
import { environmentPaths, textOf } from '../inspect.ts';
import type { HostSetupFacts } from '../inspection.ts';
import { fileChange, newFileModes } from './file-change.ts';
import type { PlannedChange } from './setup-plan.ts';

const variable = 'LIBVIRTD_ARGS';

/** For a daemon that listens by itself: `--listen` among its arguments, and TLS not switched off in its file. */
export function planListenOption(
  facts: HostSetupFacts,
  files: ReadonlyMap<string, HostFile>,
): PlannedChange[] {
  const { layout, daemonConf, tls } = facts;
  if (layout?.kind !== 'libvirtd-listen' || tls.listening) return [];
  const words = {
    title: `Listen for TLS on port ${tls.port}`,
    why: 'This daemon is not woken by sockets of systemd; it listens when it is started with --listen.',
    needs: `restarts ${layout.service}; running guests go on`,
  };
  const conf =
    daemonConf.settings['listen_tls'] === 0
      ? fileChange(
          layout.confPath,
          files.get(layout.confPath),
          { kind: 'conf', set: { listen_tls: 1 } },
          words,
          newFileModes.public,
        )
      : undefined;
  const path = environmentPath(facts, files);
  const file = files.get(path);
  const listens = environmentWords(textOf(file), variable)?.includes('--listen') ?? false;
  const environment = listens
    ? undefined
    : fileChange(path, file, { kind: 'environment', variable, add: '--listen' }, words, newFileModes.public);
  return [conf, environment].filter((change) => change !== undefined);
}

/** The one that is there; where none is, the one that the distribution's unit reads. */
function environmentPath(facts: HostSetupFacts, files: ReadonlyMap<string, HostFile>): string {
  const [debian, redHat] = environmentPaths;
  const ofDistribution = /^(debian|ubuntu|raspbian|linuxmint)$/.test(facts.distribution.id) ? debian : redHat;
  return environmentPaths.find((path) => files.has(path)) ?? ofDistribution;
}
