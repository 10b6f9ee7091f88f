import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../../electron/engine/finding.ts';
import type { MigrationResult, OutcomeError } from '../../../../electron/engine/outcome.ts';
import {
  defaultPlanOptions,
  type MigrationPlan,
  type PlanOptions,
} from '../../../../electron/engine/plan.ts';
import { makeReceipt } from '../../../../electron/engine/receipt/make-receipt.ts';
import { receiptSchema } from '../../../../electron/engine/receipt/receipt.ts';
import type { StreamConnection } from '../../../../electron/engine/stream-connection.ts';
import { planFor } from '../migration-plan.ts';
import { requestFor, resultFor } from './sample-receipt.ts';

const stream = {
  name: 'memory and device state' as const,
  path: 'alpha.lab to tcp://beta.lab',
  encrypted: true,
  authenticated: true,
  by: 'QEMU TLS',
  evidence: 'read',
};
const finding = (level: Finding['level']): Finding => ({
  id: `check.${level}`,
  side: 'between',
  level,
  summary: `It is ${level}.`,
});

describe('a receipt', () => {
  it('holds the result, the times, the addresses and the streams as planned', () => {
    const plan = { ...planFor(), streams: [stream] };
    const receipt = makeReceipt(requestFor({ review: { findings: [], plan, identities: [] } }));
    expect(receipt).toMatchObject({
      ...resultFor(),
      startedAt: '2026-11-21T13:02:49.160Z',
      endedAt: '2026-11-21T13:03:09.000Z',
      sourceUri: 'qemu+ssh://root@alpha.lab/system',
      destinationUri: 'qemu+ssh://root@beta.lab/system',
      migrateUri: 'tcp://beta.lab',
      tlsName: 'beta.lab',
      streams: [stream],
      plaintextConsent: false,
    });
    expect(receipt).not.toHaveProperty('dconnuri');
  });

  it('keeps what is known of each connection, and reads what an older version kept without', () => {
    const connections: StreamConnection[] = [
      {
        ...{ from: 'source', to: 'destination', address: 'beta.lab', login: 'CN=alpha.lab' },
        port: { kind: 'port', number: 49_152 },
        cipher: { protocol: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384', seenIn: 'trial' },
      },
    ];
    const streams = [stream, { ...stream, connections }];
    const plan = { ...planFor(), streams };
    const receipt = makeReceipt(requestFor({ review: { findings: [], plan, identities: [] } }));
    expect(receiptSchema.parse(JSON.parse(JSON.stringify(receipt))).streams).toEqual(streams);
  });

  it('tells what others did, and that something may be left', () => {
    const acts = ['Somebody ended web01 on alpha.lab while it was being moved.'];
    const result = { ...resultFor(), outcome: 'failed' as const, acts, leftover: true as const };
    const receipt = receiptSchema.parse(makeReceipt(requestFor({ result })));
    expect(receipt.leftover).toBe(true);
    expect(receipt.findings).toContainEqual({
      ...{ id: 'guest.acts', side: 'source', level: 'warning', summary: acts[0] },
    });
  });

  it('keeps identities with where each was proven, and says of an unknown one that it is', () => {
    const known = {
      side: 'source' as const,
      what: 'SSH host key',
      subject: 'ssh-ed25519',
      fingerprint: 'SHA256:x',
    };
    const unknown = {
      side: 'destination' as const,
      what: 'QEMU server certificate',
      evidence: 'not known: no shell',
    };
    const identities = [
      { ...known, evidence: 'on record' },
      { ...unknown, subject: undefined, fingerprint: undefined },
    ];
    const review = { findings: [], plan: planFor(), identities };
    expect(makeReceipt(requestFor({ review })).identities).toEqual([
      { ...known, evidence: 'on record' },
      unknown,
    ]);
  });

  it.each<[string, Partial<PlanOptions>, unknown[]]>([
    ['nothing', {}, []],
    ['a mode, which stands by itself', { mode: 'plain', control: 'p2p', allowPlaintext: true }, []],
    [
      'whatever differs from the default',
      { disks: 'copy', bandwidthMiBps: 100, autoConverge: true },
      [
        { name: 'disks', value: 'copy' },
        { name: 'autoConverge', value: true },
        { name: 'bandwidthMiBps', value: 100 },
      ],
    ],
    [
      'lists',
      { disks: 'copy', diskTargets: ['vda', 'vdb'] },
      [
        { name: 'disks', value: 'copy' },
        { name: 'diskTargets', value: 'vda, vdb' },
      ],
    ],
    [
      'an option of any other shape',
      { somethingNew: { after: 3 } } as unknown as Partial<PlanOptions>,
      [{ name: 'somethingNew', value: '{"after":3}' }],
    ],
  ])('names of the options %s', (_, options, expected) => {
    const receipt = makeReceipt(requestFor({ options: { ...defaultPlanOptions, ...options } }));
    expect(receipt.options).toEqual(expect.arrayContaining(expected));
    expect(receipt.options).toHaveLength(expected.length);
    expect(receipt.plaintextConsent).toBe(options.allowPlaintext === true);
  });

  it('keeps what was to be looked at, and leaves out what was fine', () => {
    const findings = (['ok', 'info', 'warning', 'unknown', 'error'] as const).map(finding);
    const receipt = makeReceipt(requestFor({ review: { findings, plan: planFor(), identities: [] } }));
    expect(receipt.findings.map(({ level }) => level)).toEqual(['warning', 'unknown', 'error']);
  });

  it.each([
    ['migrated', true],
    ['stuck', true],
    ['failed', false],
    ['cancelled', false],
    ['refused', false],
  ] as const)('tells of changes when it is %s: %s', (outcome, told) => {
    const changes = [{ side: 'source' as const, text: 'It stops here.' }];
    const review = { findings: [], plan: { ...planFor(), changes }, identities: [] };
    expect(makeReceipt(requestFor({ review, result: resultFor({ outcome }) })).changes).toEqual(
      told ? changes : [],
    );
  });

  it.each([
    ['migrated', {}, []],
    ['migrated', { disks: ['vda', 'vdb'] }, ['source: The files of vda, vdb on alpha.lab']],
    ['migrated', { keepSourceDefinition: true }, ['source: The definition of web01 on alpha.lab']],
    ['migrated', { keepSourceDefinition: true, persistent: false }, []],
    ['cancelled', {}, []],
    ['refused', { disks: ['vda'] }, []],
  ] as const)('when %s with %j leaves to clean up %j', (outcome, given, expected) => {
    const {
      disks = [],
      keepSourceDefinition = false,
      persistent = true,
    } = given as {
      disks?: string[];
      keepSourceDefinition?: boolean;
      persistent?: boolean;
    };
    const plan = planFor({ keepSourceDefinition }, { name: 'web01', disks: [...disks], persistent });
    const review = { findings: [], plan, identities: [] };
    const { cleanUp } = makeReceipt(requestFor({ review, result: resultFor({ outcome }) }));
    expect(cleanUp).toHaveLength(expected.length);
    for (const [index, text] of expected.entries()) {
      expect(`${cleanUp[index]?.side ?? ''}: ${cleanUp[index]?.text ?? ''}`).toContain(text);
    }
  });

  describe('of a copy that did not end well', () => {
    const volume = { in: { pool: 'images' }, transientPool: false, format: 'qcow2', capacityBytes: 1 };
    const made: MigrationPlan['copies'][number] = {
      target: 'vda',
      place: { kind: 'new', ...volume, name: 'a.qcow2', owner: undefined, backing: undefined },
    };
    const over: MigrationPlan['copies'][number] = {
      target: 'vdb',
      place: { kind: 'existing', what: '/images/b.raw' },
    };
    const path = '/images/a.qcow2';
    const errorIn = (phase: OutcomeError['phase']): OutcomeError => ({
      ...{ code: 'x', side: 'source', phase, message: 'It broke.', remedy: 'Mend it.' },
    });
    const notes = (copies: MigrationPlan['copies'], disks: string[], result: Partial<MigrationResult>) => {
      const plan = planFor({ disks: 'copy' }, { disks }, copies);
      const review = { findings: [], plan, identities: [] };
      const { cleanUp } = makeReceipt(
        requestFor({ review, result: resultFor({ outcome: 'failed', ...result }) }),
      );
      return cleanUp.map(({ side, text }) => `${side}: ${text}`);
    };

    it('says nothing of volumes that were made and are removed again', () => {
      const storage = { kept: [], removed: [path], left: [] };
      expect(notes([made], ['vda'], { storage })).toEqual([]);
      expect(notes([made], ['vda'], { storage, outcome: 'cancelled' })).toEqual([]);
    });

    it('names those that could not be removed, with the reason', () => {
      const storage = { kept: [], removed: [], left: [{ path, why: 'the daemon did not answer.' }] };
      expect(notes([made], ['vda'], { storage })).toEqual([
        `destination: ${path} is left on beta.lab (the daemon did not answer). Delete it once web01 is not there for certain.`,
      ]);
    });

    it('tells of a file that was there and was written over, and never to delete it', () => {
      const [note = '', ...more] = notes([made, over], ['vda', 'vdb'], { error: errorIn('perform') });
      expect(note).toContain('/images/b.raw on beta.lab, over which vdb was written, may hold a part of it');
      expect(note).not.toMatch(/delete/i);
      expect(more).toEqual([]);
    });

    it.each(['preflight', 'begin', 'prepare'] as const)(
      'claims nothing was written before Perform: %s',
      (phase) => {
        expect(notes([over], ['vdb'], { error: errorIn(phase) })).toEqual([]);
      },
    );

    it('says where to look where the place was not known', () => {
      expect(notes([], ['vdc'], {})).toEqual([
        expect.stringMatching(/^destination: Where beta\.lab put the copy of vdc is not known/),
      ]);
    });
  });

  it('of a run that could not even be checked holds who was meant, and why', () => {
    const uri = 'qemu+ssh://root:hunter22@alpha.lab/system';
    const error = {
      code: 'bad-uri',
      side: 'client',
      phase: 'preflight',
      message: `No: ${uri}`,
      remedy: '',
    } as const;
    const result = resultFor({ outcome: 'refused', runningOn: 'unknown', uuid: '', source: uri, error });
    const end = { name: uri, connectUri: uri };
    const receipt = makeReceipt(requestFor({ review: undefined, source: end, result }));
    expect(receipt).toMatchObject({
      streams: [],
      changes: [],
      sourceUri: 'qemu+ssh://root:…@alpha.lab/system',
    });
    expect(receipt.error?.message).toBe('No: qemu+ssh://root:…@alpha.lab/system');
    expect(JSON.stringify(receipt)).not.toContain('hunter22');
  });

  it('takes control characters of hosts out of every text', () => {
    const plan = { ...planFor(), streams: [{ ...stream, evidence: 'a\u001b[31mb\u202e' }] };
    const review = { findings: [], plan, identities: [] };
    expect(makeReceipt(requestFor({ review })).streams[0]?.evidence).toBe('a[31mb');
  });

  it('holds no secret of any URI, wherever a text quotes it, and stays a receipt', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9!$*+,.:@~-]{4,24}$/).map((text) => `zQ7${text}`);
    const uri = fc
      .tuple(secret, secret, fc.constantFrom('?token=', '?keyfile=/k&password=', '?x=1&Y='))
      .map(([password, value, query]) => ({
        uri: `qemu+ssh://root:${password}@alpha.lab/system${query}${value}`,
        secrets: [password, value],
      }));
    fc.assert(
      fc.property(uri, uri, uri, (source, destination, peer) => {
        const secrets = [source, destination, peer].flatMap((each) => each.secrets);
        const said = [source.uri, destination.uri, peer.uri, ...secrets].join(' and ');
        const plan = {
          ...planFor(),
          dconnuri: peer.uri,
          migrateUri: peer.uri,
          streams: [{ ...stream, path: said, by: said, evidence: said }],
          changes: [{ side: 'source' as const, text: said }],
        };
        const options = { ...defaultPlanOptions, dconnuri: peer.uri, migrateUri: peer.uri };
        const findings = [{ ...finding('warning'), summary: said, remedy: said }];
        const identities = [
          { side: 'source' as const, what: 'SSH host key', subject: said, fingerprint: 'x', evidence: said },
        ];
        const error = { code: 'x', side: 'client', phase: 'perform', message: said, remedy: said } as const;
        const receipt = makeReceipt(
          requestFor({
            source: { name: source.uri, connectUri: source.uri },
            destination: { name: 'beta.lab', connectUri: destination.uri },
            options,
            review: { findings, plan, identities },
            result: resultFor({ source: source.uri, destination: destination.uri, guest: said, error }),
          }),
        );
        const text = JSON.stringify(receipt);
        for (const hidden of secrets) expect(text).not.toContain(hidden);
        expect(receiptSchema.parse(JSON.parse(text))).toEqual(receipt);
      }),
    );
  });

  it('is not torn by a secret that is an ordinary word', () => {
    const connectUri = 'qemu+ssh://root:migrated@alpha.lab/system?x=2026&y=source';
    const receipt = makeReceipt(requestFor({ source: { name: 'alpha.lab', connectUri } }));
    expect(receiptSchema.parse(receipt)).toMatchObject({
      outcome: 'migrated',
      startedAt: '2026-11-21T13:02:49.160Z',
    });
    expect(receipt.sourceUri).toBe('qemu+ssh://root:…@alpha.lab/system?x=…&y=…');
  });
});
