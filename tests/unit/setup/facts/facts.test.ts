import { describe, expect, it } from 'vitest';
import { daemonLayout } from '../../../../electron/setup/facts/daemon-layout.ts';
import { parseListeningPorts } from '../../../../electron/setup/facts/listeners.ts';
import { filteringInputChains } from '../../../../electron/setup/facts/nft-ruleset.ts';
import { servicesOf } from '../../../../electron/setup/facts/running-guests.ts';
import { parseOsRelease } from '../../../../electron/setup/facts/system.ts';
import { parseUnits, type KnownUnit, type UnitFacts } from '../../../../electron/setup/facts/units.ts';
import { parseAhosts } from '../../../../electron/setup/peers.ts';

type State = Partial<Pick<UnitFacts, 'exists' | 'active' | 'enabled'>>;

function units(states: Partial<Record<KnownUnit, State>>) {
  const none = parseUnits('');
  const given = Object.entries(states).map(([name, state]) => [
    name,
    { ...none['libvirtd.service'], name, exists: true, ...state },
  ]);
  return { ...none, ...(Object.fromEntries(given) as Partial<typeof none>) };
}

const on = { active: true, enabled: true };

describe('the layout of the daemons', () => {
  it.each<[string, Parameters<typeof units>[0], boolean, string | undefined]>([
    [
      'Debian 12',
      { 'libvirtd.service': on, 'libvirtd.socket': on, 'libvirtd-tls.socket': {} },
      false,
      'libvirtd',
    ],
    [
      'Debian 12, daemon asleep',
      { 'libvirtd.service': { enabled: true }, 'libvirtd.socket': on },
      false,
      'libvirtd',
    ],
    [
      'Fedora 40',
      { 'virtqemud.socket': on, 'virtproxyd.socket': on, 'virtproxyd-tls.socket': {} },
      false,
      'modular',
    ],
    [
      'Fedora 40 with the old daemon installed too',
      { 'virtqemud.socket': on, 'libvirtd.service': {}, 'libvirtd.socket': {} },
      false,
      'modular',
    ],
    ['RHEL 7, no sockets', { 'libvirtd.service': on }, false, 'libvirtd-listen'],
    ['--listen with masked sockets', { 'libvirtd.service': on }, true, 'libvirtd-listen'],
    [
      'enabled but not running',
      { 'libvirtd.service': {}, 'libvirtd.socket': { enabled: true } },
      false,
      'libvirtd',
    ],
    [
      'a socket that was stopped by hand',
      { 'libvirtd.service': on, 'libvirtd.socket': {} },
      false,
      'libvirtd',
    ],
    ['installed, never started', { 'libvirtd.service': {}, 'libvirtd.socket': {} }, false, undefined],
    ['nothing', {}, false, undefined],
  ])('%s', (_, states, startedWithListen, kind) => {
    expect(daemonLayout(units(states), startedWithListen)?.kind).toBe(kind);
  });
});

describe('what systemctl shows', () => {
  it('is read by unit, with the addresses of a socket', () => {
    const shown = parseUnits(
      'Id=libvirtd.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\nMainPID=77\n\n' +
        'Id=libvirtd-tls.socket\nLoadState=masked\nActiveState=inactive\nUnitFileState=masked\nListen=[::]:26514 (Stream)\nListen=0.0.0.0:26514 (Stream)\nDropInPaths=/etc/systemd/system/libvirtd-tls.socket.d/port.conf\n',
    );
    expect(shown['libvirtd.service']).toMatchObject({
      exists: true,
      active: true,
      enabled: true,
      mainPid: 77,
    });
    expect(shown['libvirtd-tls.socket']).toMatchObject({
      exists: false,
      masked: true,
      active: false,
      listens: ['[::]:26514', '0.0.0.0:26514'],
      dropIns: ['/etc/systemd/system/libvirtd-tls.socket.d/port.conf'],
    });
    expect(shown['virtqemud.socket'].exists).toBe(false);
  });
});

it('a distribution is read from os-release', () => {
  expect(parseOsRelease('NAME=x\nID=fedora\nPRETTY_NAME="Fedora Linux 40"\n')).toEqual({
    id: 'fedora',
    name: 'Fedora Linux 40',
  });
  expect(parseOsRelease('')).toEqual({ id: 'unknown', name: 'unknown' });
});

it('listening ports are read from the kernel', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue',
    '   0: 00000000:4082 00000000:0000 0A 00000000:00000000',
    '   1: 0100007F:0016 0100007F:9000 01 00000000:00000000',
    '   2: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0',
  ].join('\n');
  expect(parseListeningPorts(table)).toEqual([22, 16_514]);
});

describe('nftables', () => {
  const chain = (name: string, policy: string, extra = {}) => ({
    chain: {
      family: 'inet',
      table: 'filter',
      name,
      handle: 1,
      type: 'filter',
      hook: 'input',
      prio: 0,
      policy,
      ...extra,
    },
  });
  const rule = (name: string, statement: object, comment?: string) => ({
    rule: {
      family: 'inet',
      table: 'filter',
      chain: name,
      handle: 2,
      expr: [statement],
      ...(comment && { comment }),
    },
  });
  it.each<[string, object[], number]>([
    ['drops by policy', [chain('input', 'drop')], 1],
    ['rejects by rule', [chain('input', 'accept'), rule('input', { reject: null })], 1],
    ['accepts all', [chain('input', 'accept'), rule('input', { accept: null })], 0],
    ['of firewalld', [chain('input', 'drop', { table: 'firewalld' })], 0],
    ['of libvirt', [chain('guest_input', 'drop', { table: 'libvirt_network' })], 0],
    ['another hook', [chain('forward', 'drop', { hook: 'forward' })], 0],
    ['nothing', [], 0],
  ])('%s', (_, nftables, count) => {
    expect(filteringInputChains(JSON.stringify({ nftables }))).toHaveLength(count);
  });

  it('tells the comments of the rules, and survives nonsense', () => {
    const nftables = [{ metainfo: {} }, chain('input', 'drop'), rule('input', { accept: null }, 'viaduct-1')];
    expect(filteringInputChains(JSON.stringify({ nftables }))[0]?.comments).toEqual(['viaduct-1']);
    expect(filteringInputChains('no json')).toEqual([]);
    expect(filteringInputChains('{"nftables": 1}')).toEqual([]);
  });
});

it('services that a guest uses are read from its definition', () => {
  const devices = (inside: string) => `<domain><devices>${inside}</devices></domain>`;
  expect(servicesOf(devices("<graphics type='vnc'/><graphics type='spice'/>"))).toEqual(['vnc', 'spice']);
  expect(servicesOf(devices("<serial type='tcp'><source mode='bind' tls='yes'/></serial>"))).toEqual([
    'chardev',
  ]);
  expect(servicesOf(devices("<disk type='network'><source protocol='nbd' tls='yes'/></disk>"))).toEqual([
    'nbd',
  ]);
  expect(servicesOf(devices(''))).toEqual([]);
});

it('addresses are read from getent, each once', () => {
  expect(
    parseAhosts('198.51.100.12 STREAM beta.lab\n198.51.100.12 DGRAM\nfd76::12 STREAM\nnonsense\n'),
  ).toEqual(['198.51.100.12', 'fd76::12']);
});
