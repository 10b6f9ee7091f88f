import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { connectionClosedEvent, domainEvents } from '../../../../electron/libvirt/protocol/events.ts';
import {
  errorCodes,
  errorDomains,
  wireErrorCodec,
} from '../../../../electron/libvirt/protocol/libvirt-error.ts';
import { programs, protocolVersion } from '../../../../electron/libvirt/protocol/procedure.ts';
import { procedures } from '../../../../electron/libvirt/protocol/procedures.ts';
import {
  typedParameter,
  type TypedParameter,
} from '../../../../electron/libvirt/protocol/typed-parameters.ts';
import * as values from '../../../../electron/libvirt/protocol/values.ts';
import {
  headerCodec,
  maxPacketBytes,
  maxStreamChunkBytes,
  messageStatuses,
  messageTypes,
  packetOverheadBytes,
} from '../../../../electron/libvirt/rpc/header.ts';
import { keepaliveProcedures } from '../../../../electron/libvirt/rpc/keepalive.ts';
import { streamHoleCodec } from '../../../../electron/libvirt/rpc/stream.ts';
import { maxStringBytes } from '../../../../electron/libvirt/xdr/bytes.ts';
import { encodeXdr } from '../../../../electron/libvirt/xdr/codec.ts';
import { readEnumMembers } from './c-headers.ts';
import { flatLayout, layoutOfStruct, readProtocolDefinition } from './protocol-definition.ts';

/** An unpacked libvirt source package, as `apt-get source libvirt` leaves it. */
const sourceFolder = process.env['VIADUCT_LIBVIRT_SOURCE'] ?? '/usr/src/libvirt';
const file = join(sourceFolder, 'src/remote/remote_protocol.x');

if (existsSync(file)) describe(`our tables against libvirt's source in ${sourceFolder}`, compareWithSource);
else
  it.skip(`our tables against libvirt's source: there is none in ${sourceFolder} (VIADUCT_LIBVIRT_SOURCE)`);

function read(...paths: readonly string[]): string {
  return paths.map((path) => readFileSync(join(sourceFolder, path), 'utf8')).join('\n');
}

function compareWithSource(): void {
  const headers = read('include/libvirt/libvirt-host.h', 'include/libvirt/libvirt-domain.h');
  const common = read('include/libvirt/libvirt-common.h.in');
  const definition = readProtocolDefinition(read('src/remote/remote_protocol.x'), 'REMOTE', headers);
  const frames = readProtocolDefinition(read('src/rpc/virnetprotocol.x'), 'NET', headers);
  const keepalive = readProtocolDefinition(read('src/rpc/virkeepaliveprotocol.x'), 'KEEPALIVE', headers);
  const lastNumber = Math.max(...[...definition.procedures.values()].map(({ number }) => number));
  /** What came to libvirt after the source at hand cannot be compared with it. */
  const isKnown = (number: number): boolean => number <= lastNumber;

  it.each(
    Object.values(procedures)
      .filter(({ number }) => isKnown(number))
      .map((procedure) => [procedure.name, procedure] as const),
  )('%s has the program, number, priority, stream and layouts of the definition', (name, procedure) => {
    const base = `remote_${name.toLowerCase()}`;
    const { stream } = procedure as { stream?: string };
    expect({
      program: procedure.program,
      number: procedure.number,
      priority: procedure.priority,
      stream: stream === 'both' ? 'read' : stream,
      args: procedure.args.layout,
      ret: procedure.ret.layout,
    }).toEqual({
      program: definition.constants.get('REMOTE_PROGRAM'),
      ...definition.procedures.get(name),
      args: layoutOfStruct(definition, `${base}_args`),
      ret: layoutOfStruct(definition, `${base}_ret`),
    });
  });

  it('finds the structs of procedures by their names alone', () => {
    const owners = [...definition.structs.keys()].filter((name) => /_(?:args|ret)$/.test(name));
    const strangers = owners.filter(
      (name) => !definition.procedures.has(name.replace(/^remote_|_(?:args|ret)$/g, '').toUpperCase()),
    );
    expect(strangers).toEqual([]);
    expect(owners.length).toBeGreaterThan(500);
  });

  it.each(Object.entries(domainEvents).filter(([, { procedure }]) => isKnown(procedure)))(
    'the event %s has the id, number and message layout of the definition',
    (kind, event) => {
      const [name = ''] =
        [...definition.procedures].find(([, { number }]) => number === event.procedure) ?? [];
      const bare = (text: string): string => text.replaceAll('_', '').toLowerCase();
      expect(bare(name.replace(/^DOMAIN_EVENT_(?:CALLBACK_)?/, ''))).toBe(kind.toLowerCase());
      expect(flatLayout(event.message.layout)).toBe(
        flatLayout(layoutOfStruct(definition, `remote_${name.toLowerCase()}_msg`)),
      );
      const ids = readEnumMembers(headers, 'VIR_DOMAIN_EVENT_ID_');
      const [, id] = [...ids].find(([member]) => bare(member) === kind.toLowerCase()) ?? [];
      expect(event.eventId).toBe(id);
    },
  );

  it('has the closed message and the error of the definition', () => {
    expect(connectionClosedEvent.procedure).toBe(
      definition.procedures.get('CONNECT_EVENT_CONNECTION_CLOSED')?.number,
    );
    expect(connectionClosedEvent.payload.layout).toBe(
      layoutOfStruct(definition, 'remote_connect_event_connection_closed_msg'),
    );
    expect(wireErrorCodec.layout).toBe(layoutOfStruct(definition, 'remote_error'));
    expect(wireErrorCodec.layout).toBe(layoutOfStruct(frames, 'virNetMessageError'));
  });

  it('has the frames of the definition: header, hole, types, statuses and sizes', () => {
    expect(headerCodec.layout).toBe(layoutOfStruct(frames, 'virNetMessageHeader'));
    expect(streamHoleCodec.layout).toBe(layoutOfStruct(frames, 'virNetStreamHole'));
    const types = frames.enums.get('virNetMessageType');
    expect(messageTypes).toEqual({
      call: types?.get('VIR_NET_CALL'),
      reply: types?.get('VIR_NET_REPLY'),
      message: types?.get('VIR_NET_MESSAGE'),
      stream: types?.get('VIR_NET_STREAM'),
      streamHole: types?.get('VIR_NET_STREAM_HOLE'),
    });
    const statuses = frames.enums.get('virNetMessageStatus');
    expect(messageStatuses).toEqual({
      ok: statuses?.get('VIR_NET_OK'),
      error: statuses?.get('VIR_NET_ERROR'),
      continue: statuses?.get('VIR_NET_CONTINUE'),
    });
    const size = (name: string): number => frames.constants.get(`VIR_NET_MESSAGE_${name}`) ?? NaN;
    expect(packetOverheadBytes).toBe(size('LEN_MAX') + size('HEADER_MAX'));
    expect(maxPacketBytes).toBe(size('LEN_MAX') + size('MAX'));
    expect(maxStreamChunkBytes).toBe(size('LEGACY_PAYLOAD_MAX'));
    expect(maxStringBytes).toBe(size('STRING_MAX'));
  });

  it('has the programs of the definition', () => {
    expect(programs.remote).toBe(definition.constants.get('REMOTE_PROGRAM'));
    expect(protocolVersion).toBe(definition.constants.get('REMOTE_PROTOCOL_VERSION'));
    expect(programs.keepalive).toBe(keepalive.constants.get('KEEPALIVE_PROGRAM'));
    expect(protocolVersion).toBe(keepalive.constants.get('KEEPALIVE_PROTOCOL_VERSION'));
    const qemu = readProtocolDefinition(read('src/remote/qemu_protocol.x'), 'QEMU', headers);
    expect(programs.qemu).toBe(qemu.constants.get('QEMU_PROGRAM'));
    const numbers = keepalive.enums.get('keepalive_procedure');
    expect(keepaliveProcedures).toEqual({
      ping: numbers?.get('KEEPALIVE_PROC_PING'),
      pong: numbers?.get('KEEPALIVE_PROC_PONG'),
    });
  });

  it('has the typed parameters of the definition', () => {
    const union = /^union remote_typed_param_value switch \(int type\) \{([\s\S]*?)^\};/m.exec(
      read('src/remote/remote_protocol.x'),
    );
    const cases = [...(union?.[1] ?? '').matchAll(/case VIR_TYPED_PARAM_(\w+):\s*([\w ]+?) \w+;/g)];
    const numbers = readEnumMembers(common, 'VIR_TYPED_PARAM_');
    const samples: readonly (readonly [string, TypedParameter, bytes: string])[] = [
      ['int', { field: '', type: 'int', value: -2 }, 'fffffffe'],
      ['unsigned int', { field: '', type: 'uint', value: 2 }, '00000002'],
      ['hyper', { field: '', type: 'llong', value: -2n }, 'fffffffffffffffe'],
      ['unsigned hyper', { field: '', type: 'ullong', value: 2n }, '0000000000000002'],
      ['double', { field: '', type: 'double', value: 2 }, '4000000000000000'],
      ['int', { field: '', type: 'boolean', value: true }, '00000001'],
      ['remote_nonnull_string', { field: '', type: 'string', value: 'ab' }, '0000000261620000'],
    ];
    expect(cases.map(([, name, type]) => [name, type])).toEqual(
      samples.map(([type, parameter]) => [parameter.type.toUpperCase(), type]),
    );
    for (const [, parameter, bytes] of samples) {
      const number = numbers.get(parameter.type.toUpperCase()) ?? NaN;
      const expected = `00000000${number.toString(16).padStart(8, '0')}${bytes}`;
      expect(Buffer.from(encodeXdr(typedParameter, parameter)).toString('hex')).toBe(expected);
    }
  });

  const domainHeader = (prefix: string): Map<string, number> => readEnumMembers(headers, prefix);
  const errorHeader = (prefix: string): Map<string, number> =>
    readEnumMembers(read('include/libvirt/virterror.h'), prefix);
  const numbers: readonly (readonly [string, Readonly<Record<string, number>>, Map<string, number>])[] = [
    ['error codes', errorCodes, errorHeader('VIR_ERR_')],
    ['error domains', errorDomains, errorHeader('VIR_FROM_')],
    ['features', values.libvirtFeatures, readEnumMembers(read('src/libvirt_internal.h'), 'VIR_DRV_FEATURE_')],
    ['migration flags', values.migrateFlags, domainHeader('VIR_MIGRATE_')],
    ['flags of definitions', values.domainXmlFlags, domainHeader('VIR_DOMAIN_XML_')],
    ['flags of domain lists', values.listDomainsFlags, domainHeader('VIR_CONNECT_LIST_DOMAINS_')],
    ['groups of statistics', values.domainStatsGroups, domainHeader('VIR_DOMAIN_STATS_')],
    ['flags of statistics', values.domainStatsFlags, domainHeader('VIR_CONNECT_GET_ALL_DOMAINS_STATS_')],
    ['flags of job statistics', values.jobStatsFlags, domainHeader('VIR_DOMAIN_JOB_STATS_')],
    ['job types', values.jobTypes, domainHeader('VIR_DOMAIN_JOB_')],
    ['job operations', values.jobOperations, domainHeader('VIR_DOMAIN_JOB_OPERATION_')],
    ['CPU comparisons', values.cpuComparisons, domainHeader('VIR_CPU_COMPARE_')],
    ['flags of undefine', values.undefineFlags, domainHeader('VIR_DOMAIN_UNDEFINE_')],
  ];
  it.each(numbers)('has the %s of the headers', (_what, ours, defined) => {
    const bare = new Map([...defined].map(([name, value]) => [name.replaceAll('_', ''), value]));
    for (const [name, value] of Object.entries(ours)) {
      const theirs = bare.get(name.toUpperCase()) ?? bare.get(otherNames[name] ?? '');
      expect([name, value]).toEqual([name, theirs]);
    }
  });
}

/** Where our word is not that of the header without its underscores. */
const otherNames: Readonly<Record<string, string>> = {
  invalidArgument: 'INVALIDARG',
  domainExists: 'DOMEXIST',
  noStorageVolume: 'NOSTORAGEVOL',
  config: 'CONF',
  events: 'EVENT',
  keepalive: 'PROGRAMKEEPALIVE',
  migratableXml: 'XMLMIGRATABLE',
  remoteEventCallbacks: 'REMOTEEVENTCALLBACK',
  cpu: 'CPUTOTAL',
  enforce: 'ENFORCESTATS',
};
