import { describe, expect, it } from 'vitest';
import { boardColumns } from '../../../../renderer/state/board-columns.ts';
import { guest, host, move } from '../samples.ts';

function names(cards: { guest: { name: string } }[] | undefined): string[] | undefined {
  return cards?.map((card) => card.guest.name);
}

describe('boardColumns', () => {
  it('sorts guests by name as people count, and folds those that are shut off', () => {
    const [column] = boardColumns(
      [host('alpha', [guest('web10'), guest('web9'), guest('old', 'shut off'), guest('mail', 'paused')])],
      [],
      '',
    );
    expect(names(column?.cards)).toEqual(['mail', 'web9', 'web10']);
    expect(names(column?.shutOff)).toEqual(['old']);
  });

  it('shows a guest on its way once as a card and once as a ghost, whatever the destination lists', () => {
    const hosts = [host('alpha', [guest('web01')]), host('beta', [guest('web01', 'paused'), guest('proxy')])];
    const [alpha, beta] = boardColumns(hosts, [move()], '');
    expect(alpha?.cards[0]?.leaving?.migrationId).toBe('move-1');
    expect(names(beta?.cards)).toEqual(['proxy']);
    expect(beta?.arriving.map(({ guest: { name } }) => name)).toEqual(['web01']);
  });

  it('finds guests by words in name, state or host, all of which must occur', () => {
    const hosts = [host('alpha', [guest('web01'), guest('web02', 'paused')]), host('beta', [guest('web03')])];
    const found = (filter: string) => boardColumns(hosts, [], filter).flatMap(({ cards }) => names(cards));
    expect(found('WEB')).toEqual(['web01', 'web02', 'web03']);
    expect(found('web paused')).toEqual(['web02']);
    expect(found('beta')).toEqual(['web03']);
    expect(found('web nothing')).toEqual([]);
  });

  it('keeps the column of a host that has not listed its guests yet', () => {
    expect(boardColumns([host('alpha', undefined)], [], 'x')).toMatchObject([{ cards: [], shutOff: [] }]);
  });
});
