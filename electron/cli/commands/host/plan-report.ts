import type { PlanNote, SetupPlan } from '../../../setup/plan/setup-plan.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { printable } from '../../output/printable.ts';

/** Prints a plan, whole: what changes, by which lines, why, and what stands against it. */
export function reportPlan(plan: SetupPlan, json: boolean): void {
  if (json) reportJson(plan);
  else process.stdout.write(`${planText(plan)}\n`);
}

function reportJson({ host, changes, obstacles, warnings, afterwards }: SetupPlan): void {
  for (const [index, { title, why, needs, diff, commands, step }] of changes.entries()) {
    const file = step.kind === 'file' ? step.path : undefined;
    writeJsonLine('change', { host, number: index + 1, title, why, needs, file, diff, commands });
  }
  for (const note of obstacles) writeJsonLine('note', { host, level: 'obstacle', ...note });
  for (const note of warnings) writeJsonLine('note', { host, level: 'warning', ...note });
  for (const message of afterwards)
    writeJsonLine('note', { host, level: 'afterwards', code: 'afterwards', message });
}

export function planText({ host, changes, obstacles, warnings, afterwards }: SetupPlan): string {
  const lines = [printable(host)];
  if (changes.length === 0 && obstacles.length === 0) lines.push('  Nothing has to change.');
  for (const [index, { title, why, needs, diff, commands }] of changes.entries()) {
    lines.push(
      `  ${index + 1}. ${printable(title)}`,
      `     ${printable(why)}`,
      `     Needs: ${printable(needs)}.`,
    );
    const shown = [
      ...diff.split('\n').filter((line) => line !== ''),
      ...commands.map((command) => `# ${command}`),
    ];
    // A tab is the one control character that a diff needs.
    lines.push(...shown.map((line) => `       ${line.split('\t').map(printable).join('\t')}`));
  }
  lines.push(...obstacles.map((note) => noteText('STOP', note)));
  lines.push(...warnings.map((note) => noteText('LOOK', note)));
  lines.push(...afterwards.map((message) => noteText('THEN', { code: '', message })));
  return lines.join('\n');
}

function noteText(mark: string, { message, remedy }: PlanNote): string {
  const text = `  ${mark}  ${printable(message)}`;
  return remedy === undefined ? text : `${text}\n        ${printable(remedy)}`;
}
