import type { HostSetupFacts } from '../inspection.ts';
import type { CommandStep, RootOperation } from '../transaction/steps.ts';
import type { PlanNote, PlannedChange, SetupWishes } from './setup-plan.ts';

const guestsGoOn = 'running guests go on';

function command(apply: RootOperation[], revert: RootOperation[]): CommandStep {
  return { kind: 'command', apply, revert, touches: [], revertLast: true };
}

function systemctl(...args: string[]): RootOperation {
  return { operation: 'run', args: ['systemctl', ...args] };
}

/** What makes the daemons read what was changed, and listen. The last of all changes. */
export function planDaemon(
  facts: HostSetupFacts,
  wishes: SetupWishes,
  changed: { qemuConf: boolean; daemonFiles: boolean },
): PlannedChange[] {
  const { layout, tls } = facts;
  if (layout === undefined) return [];
  const changes: PlannedChange[] = [];
  const { service, tlsSocket, qemuService } = layout;
  const restart = (unit: string, why: string): void => {
    const again = systemctl('try-restart', unit);
    changes.push({
      step: command([again], [again]),
      title: `Restart ${unit}`,
      why,
      needs: `restarts ${unit}; ${guestsGoOn}`,
      diff: '',
      commands: [`systemctl try-restart ${unit}`],
    });
  };
  const listens = tlsSocket !== undefined && wishes.listener && !tls.listening;
  const restartsQemu = changed.qemuConf && !(listens && qemuService === service);
  if (restartsQemu) restart(qemuService, 'It reads qemu.conf when it starts.');
  if (listens) {
    const boot = tls.enabledAtBoot ? 'keep' : 'disable';
    changes.push({
      step: command(
        [{ operation: 'listener_on', args: [service, tlsSocket] }],
        [{ operation: 'listener_off', args: [service, tlsSocket, boot] }],
      ),
      title: `Listen for TLS on port ${tls.port}`,
      why: 'Peers and Viaduct reach the daemon over TLS. A socket cannot start while its service runs, so that stops first.',
      needs: `stops ${service}, starts ${tlsSocket}, starts ${service}; ${guestsGoOn}`,
      diff: '',
      commands: [
        `systemctl enable ${tlsSocket}`,
        `systemctl stop ${service}`,
        `systemctl start ${tlsSocket}`,
        `systemctl restart ${service}`,
      ],
    });
  } else if (tlsSocket !== undefined && wishes.listener && !tls.enabledAtBoot) {
    changes.push({
      step: command([systemctl('enable', tlsSocket)], [systemctl('disable', tlsSocket)]),
      title: `Listen for TLS after a boot as well`,
      why: `${tlsSocket} runs now, and would not start at boot.`,
      needs: 'nothing',
      diff: '',
      commands: [`systemctl enable ${tlsSocket}`],
    });
  }
  const restartedForQemu = restartsQemu && qemuService === service;
  if (changed.daemonFiles && !listens && !restartedForQemu)
    restart(service, 'It reads its configuration when it starts.');
  return changes;
}

/** What would leave the host without its daemon, or end what is under way. */
export function daemonObstacles(facts: HostSetupFacts, changes: readonly PlannedChange[]): PlanNote[] {
  const { host, certificates, guests, tls, layout } = facts;
  const obstacles: PlanNote[] = [];
  const willListen = changes.some(({ step }) => opensListener(step));
  const { missing } = certificates.daemon;
  if (willListen && missing.length > 0) {
    obstacles.push({
      code: 'certificates-missing',
      message: `The daemon of ${host} does not start with a TLS listener while ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not there.`,
      remedy: `Give the host its certificates first: viaduct pki deploy ${facts.connectUri}`,
    });
  }
  if (willListen && tls.masked) {
    obstacles.push({
      code: 'socket-masked',
      message: `${layout?.tlsSocket ?? 'The TLS socket'} is masked on ${host}: somebody does not want it to start.`,
      remedy: `If it may, run "systemctl unmask ${layout?.tlsSocket ?? ''}" there first.`,
    });
  }
  const restarts = changes.some(({ step }) => step.kind === 'command' && step.revertLast);
  if (restarts && guests.busy.length > 0) {
    obstacles.push({
      code: 'guests-busy',
      message: `A restart of the daemon of ${host} would end what is under way with ${guests.busy.slice(0, 5).join(', ')}.`,
      remedy: 'Wait until that has ended, as a migration or a backup.',
    });
  }
  return obstacles;
}

function opensListener(step: PlannedChange['step']): boolean {
  if (step.kind === 'file')
    return step.edit.kind === 'environment' || (step.edit.kind === 'conf' && 'listen_tls' in step.edit.set);
  return step.apply.some(({ operation }) => operation === 'listener_on');
}
