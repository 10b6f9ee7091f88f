import { describe, expect, test } from 'vitest';
import { wizardSteps, type WizardStepState } from '../../../../electron/wizard/wizard-snapshot.ts';
import {
  canGoTo,
  stepAfter,
  stepBefore,
  stepMark,
  stepTexts,
} from '../../../../renderer/format/wizard-steps.ts';

function steps(
  states: Partial<Record<WizardStepState['step'], WizardStepState['state']>>,
): WizardStepState[] {
  return wizardSteps.map((step) => ({
    step,
    state: states[step] ?? 'ahead',
    sentence: '',
    problem: undefined,
  }));
}

describe('the mark on the path', () => {
  test.each([
    ['ahead', false, 'to do'],
    ['ahead', true, 'here'],
    ['open', true, 'here'],
    ['open', false, 'needs you'],
    ['working', true, 'working'],
    ['there-already', true, 'there already'],
    ['done', false, 'done'],
    ['failed', true, 'needs you'],
  ] as const)('of a step that is %s (current: %s) is "%s"', (state, current, mark) => {
    expect(stepMark({ state }, current)).toBe(mark);
  });
});

describe('going from step to step', () => {
  const some = steps({ hosts: 'done', authority: 'there-already', names: 'open' });

  test.each([
    ['hosts', true],
    ['authority', true],
    ['names', true],
    ['certificates', false],
    ['done', false],
  ] as const)('from the names to %s: %s', (target, can) => {
    expect(canGoTo(some, 'names', target)).toBe(can);
  });

  test('back is always possible', () => {
    expect(canGoTo(steps({}), 'proof', 'certificates')).toBe(true);
  });

  test('knows the neighbours, and the ends', () => {
    expect(stepAfter(some, 'hosts')).toBe('authority');
    expect(stepAfter(some, 'done')).toBeUndefined();
    expect(stepBefore(some, 'hosts')).toBeUndefined();
  });
});

test.each(wizardSteps)('%s is explained in two sentences', (step) => {
  expect(stepTexts[step].explained.match(/[.](?: |$)/g)).toHaveLength(2);
});
