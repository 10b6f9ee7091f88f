import { describe, expect, test } from 'vitest';
import { blocks } from '../../../electron/engine/finding.ts';
import type { WaySeen } from '../../../electron/engine/data-connections.ts';
import type { DataStream } from '../../../electron/engine/data-stream.ts';
import type { ProvenIdentity } from '../../../electron/engine/identity.ts';
import { makePlan } from '../../../electron/engine/make-plan.ts';
import { defaultPlanOptions } from '../../../electron/engine/plan.ts';
import type { PlanOptions } from '../../../electron/engine/plan.ts';
import { judgePlan } from '../../../electron/engine/policy.ts';
import { controlOf } from '../../../electron/engine/preflight/preflight-facts.ts';
import type { PeerLogin } from '../../../electron/engine/preflight/peer/peer-login.ts';
import type { PreflightFacts } from '../../../electron/engine/preflight/preflight-facts.ts';

const sourceUri = 'qemu+ssh://root@alpha.lab/system';
const destinationUri = 'qemu+ssh://root@beta.lab/system';

const controlBy = (connectUri: string) => controlOf({ connectUri, seen: () => undefined });

const facts: PreflightFacts = {
  guest: {
    name: 'db01',
    uuid: 'c0ffee00-0000-4000-8000-000000000002',
    memoryBytes: 2 ** 30,
    state: 'running',
    persistent: true,
    disks: ['vda', 'vdb', 'sda'],
    copyableDisks: ['vda', 'vdb'],
    copies: [],
    storageProvenShared: false,
  },
  destinationHostName: 'beta',
  dataAddress: {
    migrateUri: 'tcp://beta.lab',
    host: 'beta.lab',
    port: undefined,
    because: 'the name of the connect URI',
    tlsName: 'beta.lab',
  },
  dataPorts: { first: 49_152, last: 49_215 },
  peer: undefined,
  relay: undefined,
  tls: { destinationVerifiesClient: true, evidence: 'migrate_tls_x509_verify in qemu.conf' },
  control: {
    source: controlBy(sourceUri),
    destination: controlBy(destinationUri),
  },
};

const nothing: WaySeen = { identities: [], dataCipher: undefined };

function plan(options: Partial<PlanOptions> = {}, given: Partial<PreflightFacts> = {}, seen = nothing) {
  return makePlan({
    source: { name: 'alpha.lab', connectUri: sourceUri },
    destination: { name: 'beta.lab', connectUri: destinationUri },
    options: { ...defaultPlanOptions, ...options },
    facts: { ...facts, ...given },
    seen,
  });
}

const judge = (options: Partial<PlanOptions> = {}, given: Partial<PreflightFacts> = {}) =>
  judgePlan(plan(options, given), []);

describe('the streams of a plan', () => {
  test('are both controls and the memory, encrypted and verified by default', () => {
    const { streams } = plan();
    expect(streams.map(({ name }) => name)).toEqual([
      'control to source',
      'control to destination',
      'memory and device state',
    ]);
    expect(streams.every(({ encrypted, authenticated }) => encrypted && authenticated)).toBe(true);
    expect(streams[2]?.path).toBe('alpha.lab to tcp://beta.lab, a port of the destination’s range');
  });

  test('have one for each disk that is copied along, and only for those', () => {
    const { streams, guest } = plan({ disks: 'copy' });
    expect(streams.slice(3).map(({ name }) => name)).toEqual(['disk vda', 'disk vdb']);
    expect(guest.disks).toEqual(['vda', 'vdb']);
    expect(plan().guest.disks).toEqual([]);
  });

  test('have one for those disks alone that were chosen', () => {
    const { streams, guest } = plan({ disks: 'incremental', diskTargets: ['vdb', 'sda', 'vdz'] });
    expect(streams.slice(3).map(({ name }) => name)).toEqual(['disk vdb']);
    expect(guest.disks).toEqual(['vdb']);
  });

  test('tell of further channels, which are protected as the first', () => {
    const [, , memory, channels, pages] = plan({ parallel: 2, postCopy: true }).streams;
    expect(channels).toEqual({
      ...memory,
      name: 'further memory channels',
      path: 'alpha.lab to tcp://beta.lab, a port of the destination’s range, 2 more connections',
    });
    expect(pages).toEqual({
      ...memory,
      name: 'pages after the switch',
      path: 'beta.lab asks alpha.lab for pages over the connections of the memory',
    });
  });

  test('are in the clear, memory and disks alike, in mode plain', () => {
    const clear = plan({ mode: 'plain', disks: 'copy' }).streams.filter(({ encrypted }) => !encrypted);
    expect(clear.map(({ name }) => name)).toEqual(['memory and device state', 'disk vda', 'disk vdb']);
  });

  test.each([
    [true, /the destination verifies the source/],
    [false, /does not verify the source/],
    ['unknown', /is not known/],
  ] as const)('say who verifies whom: destination verifies %s', (destinationVerifiesClient, words) => {
    const { streams } = plan({}, { tls: { destinationVerifiesClient, evidence: 'qemu.conf' } });
    expect(streams[2]?.by).toMatch(/source verifies that the destination is beta\.lab/);
    expect(streams[2]?.by).toMatch(words);
  });
});

describe('the connections of a stream', () => {
  const cipher = { protocol: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384' };
  const evidence = 'read';
  const identities: ProvenIdentity[] = [
    {
      ...{ side: 'destination', what: 'QEMU server certificate', evidence },
      ...{ subject: 'CN=beta.lab\u202e', fingerprint: 'AB' },
    },
    {
      ...{ side: 'source', what: 'QEMU client certificate', evidence },
      ...{ subject: 'CN=alpha.lab', fingerprint: 'CD' },
    },
    {
      ...{ side: 'destination', what: 'libvirt server certificate', evidence },
      ...{ subject: 'CN=beta', fingerprint: 'EF' },
    },
  ];
  const seen: WaySeen = { identities, dataCipher: cipher };
  const range = { kind: 'range', first: 49_152, last: 49_215 };
  const overTls = {
    ...{ from: 'source', to: 'destination', address: 'beta.lab', expectedName: 'beta.lab' },
    identity: { what: 'QEMU server certificate', subject: 'CN=beta.lab', fingerprint: 'AB' },
    cipher: { ...cipher, seenIn: 'trial' },
  };
  const connectionsOf = (
    name: DataStream['name'],
    options: Partial<PlanOptions>,
    given: Partial<PreflightFacts> = {},
    found = seen,
  ) => plan(options, given, found).streams.find((stream) => stream.name === name)?.connections;

  test('in native TLS are told for memory and disks alike, as far as the trial and the files tell', () => {
    const expected = [{ ...overTls, port: range, login: 'CN=alpha.lab' }];
    expect(connectionsOf('memory and device state', { disks: 'copy' })).toEqual(expected);
    expect(connectionsOf('disk vda', { disks: 'copy' })).toEqual(expected);
  });

  test('take a port that was given for the memory alone', () => {
    const dataAddress = { ...facts.dataAddress, port: 50_000 } as PreflightFacts['dataAddress'];
    const ports = (name: DataStream['name']) =>
      connectionsOf(name, { disks: 'copy' }, { dataAddress })?.map(({ port }) => port);
    expect(ports('memory and device state')).toEqual([{ kind: 'port', number: 50_000 }]);
    expect(ports('disk vda')).toEqual([range]);
  });

  test('name no one who comes where nobody asks, and nothing that was not seen', () => {
    const tls = { destinationVerifiesClient: false, evidence: 'qemu.conf' } as const;
    expect(connectionsOf('memory and device state', {}, { tls })).toEqual([{ ...overTls, port: range }]);
    expect(connectionsOf('memory and device state', {}, { dataPorts: undefined }, nothing)).toEqual([
      { from: 'source', to: 'destination', address: 'beta.lab', expectedName: 'beta.lab' },
    ]);
  });

  test('in mode plain have neither an identity nor a cipher', () => {
    expect(connectionsOf('memory and device state', { mode: 'plain' })).toEqual([
      { from: 'source', to: 'destination', address: 'beta.lab', port: range },
    ]);
  });

  test('in a tunnel are that of the daemons, without a port of their own', () => {
    const login: PeerLogin = { ...peer, trial: { kind: 'in', by: 'certificate', cipher } };
    const tunnelled = { mode: 'tunnelled', control: 'p2p' } as const;
    const between = {
      ...{ ...overTls, login: 'CN=alpha.lab' },
      identity: { what: 'libvirt server certificate', subject: 'CN=beta', fingerprint: 'EF' },
    };
    expect(connectionsOf('control between the daemons', tunnelled, { peer: login })).toEqual([
      { ...between, port: { kind: 'port', number: 16_514 } },
    ]);
    expect(connectionsOf('memory and device state', tunnelled, { peer: login })).toEqual([
      { ...between, port: { kind: 'inside', carrier: 'daemons-connection' } },
    ]);
    expect(connectionsOf('memory and device state', tunnelled)).toBeUndefined();
  });
});

const peer: PeerLogin = {
  address: {
    dconnuri: 'qemu+tls://beta.lab/system',
    transport: 'tls',
    host: 'beta.lab',
    port: 16_514,
    because: 'test',
  },
  identity: 'CN=alpha.lab',
  door: {
    confPath: '/etc/libvirt/libvirtd.conf',
    port: 16_514,
    verifiesClient: true,
    allowedNames: ['CN=*.lab'],
    wantsSasl: false,
    saslAllowed: undefined,
  },
  oneTime: undefined,
  trial: { kind: 'in', by: 'certificate' },
};

describe('a plan in which the source’s daemon drives', () => {
  const shutOut: PeerLogin = { ...peer, trial: { kind: 'unreachable', because: 'refused' } };
  const inTheClear: PeerLogin = {
    ...peer,
    address: { ...peer.address, transport: 'tcp', dconnuri: 'qemu+tcp://beta.lab/system' },
  };
  const tunnelled = { mode: 'tunnelled', control: 'p2p' } as const;
  const findChoice = (options: Partial<PlanOptions>, login: PeerLogin) =>
    judge(options, { peer: login }).find(({ id }) => id === 'control.choice');

  test('shows the login that nobody sees otherwise', () => {
    const { streams, dconnuri, control, tlsName } = plan({ control: 'p2p' }, { peer });
    expect({ dconnuri, control, tlsName }).toEqual({
      dconnuri: 'qemu+tls://beta.lab/system',
      control: 'p2p',
      tlsName: 'beta.lab',
    });
    expect(streams.map(({ name }) => name)).toEqual([
      'control to source',
      'control to destination',
      'control between the daemons',
      'memory and device state',
    ]);
    expect(streams[2]).toEqual({
      name: 'control between the daemons',
      path: 'alpha.lab to qemu+tls://beta.lab/system',
      encrypted: true,
      authenticated: true,
      by: 'TLS of libvirt; alpha.lab verifies that the daemon is beta.lab, and beta.lab lets it in as CN=alpha.lab, by tls_allowed_dn_list in /etc/libvirt/libvirtd.conf',
      evidence: 'tried from alpha.lab: the daemon let its certificate in and asks for nothing more',
      connections: [
        {
          ...{ from: 'source', to: 'destination', address: 'beta.lab', expectedName: 'beta.lab' },
          port: { kind: 'port', number: 16_514 },
          login: 'CN=alpha.lab',
        },
      ],
    });
  });

  test.each<[string, Partial<PeerLogin>, RegExp]>([
    [
      'no list',
      { door: { ...peer.door, allowedNames: undefined } as PeerLogin['door'] },
      /by any name of its CA/,
    ],
    [
      'no check',
      { door: { ...peer.door, verifiesClient: false } as PeerLogin['door'] },
      /does not verify who comes/,
    ],
    [
      'nothing known',
      { door: undefined, identity: undefined },
      /the client certificate of alpha\.lab; by what rules/,
    ],
    ['SASL', { trial: { kind: 'in', by: 'credentials' } }, /and by credentials \(SASL\)/],
  ])('says by what it is let in: %s', (_what, change, words) => {
    expect(plan({ control: 'p2p' }, { peer: { ...peer, ...change } }).streams[2]?.by).toMatch(words);
  });

  test('in a tunnel the memory is as safe as that connection, and needs no data address', () => {
    const { streams, migrateUri, tlsName } = plan(tunnelled, { peer, dataAddress: undefined });
    expect({ migrateUri, tlsName }).toEqual({ migrateUri: undefined, tlsName: undefined });
    expect(streams[3]).toMatchObject({
      name: 'memory and device state',
      path: 'alpha.lab to qemu+tls://beta.lab/system, through the two daemons inside their connection',
      encrypted: true,
      authenticated: true,
      evidence: streams[2]?.evidence,
    });
  });

  test('a tunnel over TCP is in the clear, and refused without consent', () => {
    const clear = plan(tunnelled, { peer: inTheClear }).streams.filter(({ encrypted }) => !encrypted);
    expect(clear.map(({ name }) => name)).toEqual(['control between the daemons', 'memory and device state']);
    expect(judge(tunnelled, { peer: inTheClear }).some(blocks)).toBe(true);
    expect(judge({ ...tunnelled, allowPlaintext: true }, { peer: inTheClear }).some(blocks)).toBe(false);
    expect(judge(tunnelled, { peer }).some(blocks)).toBe(false);
  });

  test('is chosen by itself only where the login works, and says so', () => {
    expect(plan({ control: 'auto' }, { peer })).toMatchObject({ control: 'p2p' });
    expect(plan({ control: 'auto' }, { peer: shutOut })).toMatchObject({
      control: 'managed',
      dconnuri: undefined,
    });
    expect(plan({ control: 'auto' })).toMatchObject({ control: 'managed' });
    expect(plan({ control: 'p2p' }, { peer: shutOut })).toMatchObject({ control: 'p2p' });
    expect(plan({ control: 'auto', mode: 'tunnelled' }, { peer: shutOut })).toMatchObject({ control: 'p2p' });
    expect(findChoice({ control: 'auto' }, peer)?.summary).toMatch(/^Peer-to-peer: the daemon of alpha\.lab/);
    expect(findChoice({ control: 'auto' }, shutOut)?.summary).toMatch(/^Managed: Viaduct moves the guest/);
    expect(findChoice({ control: 'p2p' }, peer)).toBeUndefined();
  });
});

describe('the changes of a plan', () => {
  const texts = (options: Partial<PlanOptions>, persistent = true) =>
    plan(options, { guest: { ...facts.guest, persistent } }).changes.map(
      ({ side, text }) => `${side}: ${text}`,
    );

  test('name the guest as it will be called', () => {
    expect(texts({ rename: 'db02' })).toContain('destination: db02 runs here.');
  });

  test('say what becomes of the definition on both hosts', () => {
    expect(texts({})).toContain('source: The definition of db01 is removed.');
    expect(texts({ keepSourceDefinition: true })).toContain(
      'source: The definition of db01 stays, shut off.',
    );
    expect(texts({}).join()).toMatch(/destination: db01 is defined here/);
    expect(texts({}, false).join()).not.toMatch(/defin/);
    expect(texts({ persist: true }, false).join()).toMatch(/destination: db01 is defined here/);
  });

  test.each<[Partial<PlanOptions>, RegExp | undefined]>([
    [{ control: 'p2p' }, /Viaduct sets db01 going here/],
    [{ control: 'p2p', unattended: true }, /The daemon sets db01 going here.*may run it on both hosts/],
    [{ control: 'p2p', postCopy: true }, /The daemon sets db01 going here.*may run it on both hosts/],
    [{ control: 'p2p', offline: true }, undefined],
    [{}, undefined],
  ])('say who starts it where the daemons move it: %j', (options, words) => {
    const said = texts(options).filter((text) => text.includes('going here'));
    expect(said).toEqual(words === undefined ? [] : [expect.stringMatching(words)]);
  });

  test('of a guest that is shut off are its definitions, and that its disks stay', () => {
    expect(texts({ offline: true, rename: 'db02' })).toEqual([
      'source: The definition of db01 is removed.',
      'destination: db02 is defined here, shut off; nothing starts it.',
      'source: The disks of db01 stay as they are; none is copied.',
    ]);
    expect(texts({ offline: true, keepSourceDefinition: true })).toContain(
      'source: The definition of db01 stays, shut off.',
    );
  });

  test('warn of each disk that is written', () => {
    expect(texts({ disks: 'copy' }).join()).toMatch(/vda is written here.*vdb is written here/);
  });
});

describe('an offline move', () => {
  const named = (options: Partial<PlanOptions>) =>
    plan({ offline: true, ...options }, { dataAddress: undefined, peer }).streams.map(({ name }) => name);

  test('has no stream of memory, because none travels', () => {
    expect(named({})).toEqual(['control to source', 'control to destination']);
    expect(named({ control: 'p2p' })).toEqual([
      'control to source',
      'control to destination',
      'control between the daemons',
    ]);
  });

  test('has no data address, and looks for no name in a certificate of QEMU', () => {
    expect(plan({ offline: true }, { dataAddress: undefined })).toMatchObject({
      ...{ migrateUri: undefined, tlsName: undefined },
    });
  });

  test('is encrypted where its control is', () => {
    const ids = judge({ offline: true }, { dataAddress: undefined }).map(({ id }) => id);
    expect(ids).toEqual(['policy.plaintext']);
  });
});

describe('the policy', () => {
  const find = (id: string, findings: ReturnType<typeof judge>) =>
    findings.find((finding) => finding.id === id);

  test('lets an encrypted plan pass', () => {
    expect(judge().some(blocks)).toBe(false);
    expect(find('policy.plaintext', judge())).toMatchObject({ level: 'ok' });
  });

  test('refuses a stream in the clear and names it', () => {
    const finding = find('policy.plaintext', judge({ mode: 'plain' }));
    expect(finding).toMatchObject({ level: 'error' });
    expect(finding?.summary).toMatch(/memory and device state/);
  });

  test('lets it pass with consent, and says so', () => {
    const findings = judge({ mode: 'plain', allowPlaintext: true });
    expect(findings.some(blocks)).toBe(false);
    expect(find('policy.plaintext', findings)).toMatchObject({ level: 'warning' });
  });

  test('refuses a control connection in the clear as well', () => {
    const control = { ...facts.control, destination: controlBy('qemu+tcp://beta.lab/system') };
    const finding = find('policy.plaintext', judge({}, { control }));
    expect(finding).toMatchObject({ level: 'error' });
    expect(finding?.summary).toMatch(/control to destination/);
  });

  test.each([
    'qemu+tls://alpha.lab/system?no_verify=1',
    'qemu+ssh://alpha.lab/system?no_verify=1',
    'qemu+ssh://alpha.lab/system?known_hosts_verify=ignore',
  ])('warns of a host that is not verified, as %s', (uri) => {
    const control = { ...facts.control, source: controlBy(uri) };
    expect(find('policy.unverified', judge({}, { control }))).toMatchObject({ level: 'warning' });
  });

  test('leaves it to a check whether the destination verifies the source', () => {
    const tls = { destinationVerifiesClient: false, evidence: 'qemu.conf' } as const;
    expect(judge({}, { tls }).filter(({ level }) => level !== 'ok' && level !== 'info')).toEqual([]);
  });

  test('gives every warning and error a remedy', () => {
    for (const finding of judge({ mode: 'plain' })) {
      if (finding.level !== 'ok') expect(finding.remedy).toBeTruthy();
    }
  });
});
