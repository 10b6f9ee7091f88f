import { describe, expect, it } from 'vitest';
import { freshEntry } from '../../../electron/wizard/fresh-entry.ts';
import type { HostEntry } from '../../../electron/wizard/host-entry.ts';
import type { SeenHost } from '../../../electron/wizard/seen-host.ts';
import { describeSteps, firstToDo, mayGoTo, type StepSource } from '../../../electron/wizard/steps.ts';
import type {
  WizardCell,
  WizardCertificates,
  WizardChanges,
  WizardHostFacts,
  WizardProblem,
  WizardStep,
} from '../../../electron/wizard/wizard-snapshot.ts';
import { WizardState } from '../../../electron/wizard/wizard-state.ts';

const facts: WizardHostFacts = {
  system: 'Debian',
  daemon: 'libvirtd',
  rights: 'root',
  tlsPort: 16_514,
  listening: false,
  firewall: 'none',
  runningGuests: 0,
  already: [],
  notes: [],
};
const problem: WizardProblem = {
  code: 'host-rights',
  message: 'No.',
  side: undefined,
  remedy: 'Do.',
  evidence: undefined,
  hostId: 'alpha',
};
const mark = (state: WizardCell['control']['state']) => ({ state, finding: undefined });
const { fields: initial } = new WizardState(() => undefined);

function host(name: string, change: Partial<HostEntry> = {}, trusts: string[] = []): HostEntry {
  return {
    ...freshEntry({ hostId: name, name, connectUri: `qemu+ssh://${name}/system` }),
    look: { state: 'seen', facts },
    // Only what the steps read of a host that was seen.
    seen: { authorities: trusts } as unknown as SeenHost,
    found: { host: name, found: [{ name, kind: 'dns', because: 'the connect URI' }], leftOut: [] },
    ...change,
  };
}
function certificates(state: WizardCertificates['state']): Pick<HostEntry, 'certificates'> {
  return { certificates: { hostId: '', state, reasons: [], files: [], findings: [], undoable: false } };
}
function changes(state: WizardChanges['state']): Pick<HostEntry, 'changes'> {
  const lists = { changes: [], obstacles: [], warnings: [], afterwards: [] };
  return { changes: { hostId: '', state, sentence: '', ...lists, undoable: false, progress: undefined } };
}
function cell(control: WizardCell['control']['state'], data: WizardCell['data']['state']): WizardCell {
  return { fromHostId: 'a', toHostId: 'b', control: mark(control), data: mark(data), triedAtMs: 1 };
}

interface Case {
  hosts?: HostEntry[];
  fields?: Partial<StepSource['fields']>;
  problems?: [WizardStep, WizardProblem][];
}

function steps({ hosts = [], fields = {}, problems = [] }: Case) {
  return describeSteps({ fields: { ...initial, ...fields }, hosts, problems: new Map(problems) });
}
const states = (of: Case) =>
  steps(of)
    .map(({ state }) => state)
    .join(' ');

const chosen = { authority: 'CA' };
const pair = (change: Partial<HostEntry> = {}, trusts: string[] = []) =>
  ['alpha', 'beta'].map((name) => host(name, change, trusts));
const all = { ...certificates('there-already'), ...changes('there-already') };

describe('where the steps stand', () => {
  it.each<[string, Case, string]>([
    ['nothing chosen', {}, 'open ahead ahead ahead ahead ahead ahead'],
    [
      'not looked at',
      { hosts: pair({ look: { state: 'waiting' }, seen: undefined, found: undefined }) },
      'open ahead ahead ahead ahead ahead ahead',
    ],
    [
      'being looked at',
      { hosts: pair({ look: { state: 'looking' }, found: undefined }) },
      'working ahead ahead ahead ahead ahead ahead',
    ],
    [
      'one out of reach',
      { hosts: [host('alpha'), host('beta', { look: { state: 'failed', problem }, found: undefined })] },
      'failed ahead ahead ahead ahead ahead ahead',
    ],
    ['no authority', { hosts: pair() }, 'done open done ahead ahead ahead ahead'],
    [
      'certificates needed',
      { hosts: pair({ ...certificates('needed'), ...changes('needed') }), fields: chosen },
      'done done done open ahead ahead ahead',
    ],
    [
      'certificates needed, changes there',
      { hosts: pair({ ...certificates('needed'), ...changes('there-already') }), fields: chosen },
      'done done done open there-already ahead ahead',
    ],
    [
      'certificates put there',
      { hosts: pair({ ...certificates('deployed'), ...changes('needed') }, ['CA']), fields: chosen },
      'done there-already done done open ahead ahead',
    ],
    [
      'certificates failed on one',
      {
        hosts: [host('alpha', certificates('failed')), host('beta', certificates('deployed'))],
        fields: chosen,
        problems: [['certificates', problem]],
      },
      'done done done failed ahead ahead ahead',
    ],
    [
      'a setup cut off',
      { hosts: pair({ ...certificates('deployed'), ...changes('unfinished') }), fields: chosen },
      'done done done done failed ahead ahead',
    ],
    [
      'taken back',
      { hosts: pair({ ...certificates('deployed'), ...changes('rolled-back') }), fields: chosen },
      'done done done done failed ahead ahead',
    ],
    [
      'all there, not proven',
      { hosts: pair(all, ['CA']), fields: chosen },
      'done there-already there-already there-already there-already open ahead',
    ],
    [
      'proven',
      { hosts: pair(all, ['CA']), fields: { ...chosen, cells: [cell('proven', 'proven')] } },
      'done there-already there-already there-already there-already done done',
    ],
  ])('%s', (_, of, wanted) => expect(states(of)).toBe(wanted));

  it.each<[string, WizardCell, boolean, 'done' | 'failed' | 'working']>([
    ['proven', cell('proven', 'proven'), true, 'done'],
    ['refused', cell('failed', 'proven'), true, 'failed'],
    ['not tried for want of openssl', cell('proven', 'unknown'), true, 'failed'],
    ['not listening though it should', cell('warning', 'proven'), true, 'failed'],
    ['not listening as wished', cell('warning', 'proven'), false, 'done'],
    ['being tried', cell('proven', 'trying'), true, 'working'],
  ])('the proof with a direction that is %s', (_, one, listener, wanted) => {
    const wishes = { ...initial.wishes, listener };
    const [, , , , , proof] = steps({
      hosts: pair(all, ['CA']),
      fields: { ...chosen, wishes, cells: [cell('proven', 'proven'), one] },
    });
    expect(proof?.state).toBe(wanted);
  });
});

describe('going about', () => {
  it('leads to the first step that needs something, and past names only when they were seen', () => {
    const needed = steps({ hosts: pair(certificates('needed')), fields: chosen });
    expect(firstToDo(needed, false)).toBe('names');
    expect(firstToDo(needed, true)).toBe('certificates');
    expect(firstToDo(steps({ hosts: pair(all, ['CA']), fields: chosen }), false)).toBe('proof');
  });

  it('is free to go back, and forward as far as all before is in order', () => {
    const needed = steps({ hosts: pair(certificates('needed')), fields: chosen });
    expect(mayGoTo(needed, 'certificates', 'hosts')).toBe(true);
    expect(mayGoTo(needed, 'names', 'certificates')).toBe(true);
    expect(mayGoTo(needed, 'certificates', 'changes')).toBe(false);
    expect(mayGoTo(needed, 'hosts', 'done')).toBe(false);
  });
});
