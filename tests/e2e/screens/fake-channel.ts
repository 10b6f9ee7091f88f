import type { Channel } from '../../../electron/ipc/channel.ts';
import type { Events, Request, Responses } from '../../../electron/ipc/contract.ts';
import type { DoctorVisit, ReviewSnapshot } from '../../../electron/ipc/views.ts';

/** All that the other process would answer. Plain data, as it crosses into the page. */
export interface World {
  hosts: Responses['hosts.list']['hosts'];
  migrations: Responses['migrations.list']['migrations'];
  history: Responses['history.list'];
  /** The receipt of every line of the history. */
  receipt: Responses['history.receipt']['receipt'] | undefined;
  prompts: Responses['prompts.list']['prompts'];
  verdicts: Responses['migrations.verdicts']['verdicts'];
  sshConfig: Responses['hosts.sshConfig']['hosts'];
  certificates: Responses['certificates.get']['certificates'];
  /** What a review says, whatever its options. `undefined`: it is asked for and never heard of. */
  review: Omit<ReviewSnapshot, 'reviewId' | 'options'> | undefined;
  /** How a terminal goes that is opened; it stays `connecting` where nothing is said. */
  terminal: { says: string; ends?: { sentence: string; remedy?: string; code?: string } } | undefined;
  /** What the doctor has in hand at first. */
  doctor: Responses['doctor.get']['doctor'];
  /** How each look and each action goes, in their order: what is told of it, one after the other. */
  doctorTells: DoctorVisit[][];
  authorities: Responses['authorities.get']['authorities'];
  wizard: Responses['wizard.get']['wizard'];
  /** A picture of every guest's screen, as base64 of a PNG. */
  screenshot: string | undefined;
  /** Commands that are refused, with the sentence. */
  refusals: Record<string, string>;
}

/** What the page has as globals, beside what every page has. */
export interface PageGlobals {
  viaduct: Channel;
  /** The other side, for the spec. */
  fakeWorld: {
    calls: { command: string; request: unknown }[];
    emit<E extends keyof Events>(event: E, payload: Events[E]): void;
    setLink(state: 'up' | 'down'): void;
  };
}

/** Runs in the page before its own code: puts a channel over `world` in the place of the desktop preload's. */
export function installFakeChannel(world: World): void {
  const listeners = new Map<string, Set<(payload: never) => void>>();
  const linkListeners = new Set<(state: 'up' | 'down') => void>();
  const calls: { command: string; request: unknown }[] = [];
  let reviews = 0;
  let consultations = 0;
  let { doctor } = world;

  const emit = (event: string, payload: unknown) => {
    for (const listener of listeners.get(event) ?? []) listener(payload as never);
  };

  const review = (request: Request<'migrations.review'>) => {
    const reviewId = `review-${++reviews}`;
    const { review: said } = world;
    if (said) queueMicrotask(() => emit('review', { ...said, reviewId, options: request.options }));
    return { reviewId };
  };

  const consult = () => {
    const told = world.doctorTells[consultations++] ?? [];
    for (const visit of told) {
      queueMicrotask(() => {
        doctor = { generation: doctor.generation + 1, visit };
        emit('doctor', doctor);
      });
    }
    return {};
  };

  const openTerminal = ({ terminalId }: { terminalId: string }) => {
    const { terminal } = world;
    if (!terminal) return {};
    const { says, ends } = terminal;
    setTimeout(() => {
      if (says !== '') {
        emit('terminalOpened', { terminalId });
        emit('terminalData', { terminalId, bytes: new TextEncoder().encode(says) });
      }
      if (ends) emit('terminalEnded', { remedy: undefined, code: undefined, ...ends, terminalId });
    }, 0);
    return {};
  };

  /** What is typed comes back, as from a terminal with an echo. */
  const echo = ({ terminalId, bytes }: { terminalId: string; bytes: Uint8Array }) => {
    emit('terminalData', { terminalId, bytes });
    return {};
  };

  const answer = (command: string, request: unknown): unknown => {
    switch (command) {
      case 'app.info':
        return { version: '0.1.0', shell: 'desktop' };
      case 'hosts.list':
        return { hosts: world.hosts };
      case 'hosts.add':
        return { hostId: 'added' };
      case 'hosts.sshConfig':
        return { hosts: world.sshConfig };
      case 'terminals.open':
        return openTerminal(request as { terminalId: string });
      case 'terminals.write':
        return echo(request as { terminalId: string; bytes: Uint8Array });
      case 'guests.screenshot':
        return {
          png: Uint8Array.from(atob(world.screenshot ?? ''), (byte) => byte.charCodeAt(0)),
          takenAtMs: Date.now(),
        };
      case 'doctor.get':
        return { doctor };
      case 'doctor.look':
      case 'doctor.act':
        return consult();
      case 'authorities.get':
        return { authorities: world.authorities };
      case 'wizard.get':
        return { wizard: world.wizard };
      case 'prompts.list':
        return { prompts: world.prompts };
      case 'migrations.list':
        return { migrations: world.migrations };
      case 'history.list':
        return world.history;
      case 'history.receipt':
        return { receipt: world.receipt };
      case 'certificates.get':
        return { certificates: world.certificates };
      case 'migrations.verdicts':
        return { verdicts: world.verdicts };
      case 'migrations.review':
        return review(request as Request<'migrations.review'>);
      case 'migrations.start':
        return { migrationId: world.migrations[0]?.migrationId ?? 'started' };
      case 'migrations.tune':
        return { accepted: true, sentence: 'The source has been told.' };
      case 'migrations.postCopy':
        return { accepted: true, sentence: 'Switched to post-copy.' };
      case 'migrations.cancel':
        return { accepted: true, sentence: 'Told the source to stop; the guest stays on alpha.' };
      default:
        return {};
    }
  };

  const page = globalThis as unknown as PageGlobals;
  page.fakeWorld = {
    calls,
    emit,
    setLink: (state) => {
      for (const listener of linkListeners) listener(state);
    },
  };
  page.viaduct = {
    call: (command: string, request: unknown) => {
      // A proxy of the screen's state cannot cross a real channel either.
      calls.push({ command, request: structuredClone(request) });
      const refusal = world.refusals[command];
      const reply =
        refusal === undefined
          ? { ok: true, value: answer(command, request) }
          : {
              ok: false,
              error: {
                code: 'fake-refusal',
                message: refusal,
                side: undefined,
                remedy: 'Try something else.',
              },
            };
      return Promise.resolve(reply as never);
    },
    on: (event: string, listener: (payload: never) => void) => {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      return () => set.delete(listener);
    },
    onLink: (listener: (state: 'up' | 'down') => void) => {
      linkListeners.add(listener);
      return () => linkListeners.delete(listener);
    },
  };
}
