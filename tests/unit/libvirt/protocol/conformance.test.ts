import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { connectionClosedEvent, domainEvents } from '../../../../electron/libvirt/protocol/events.ts';
import { wireErrorCodec } from '../../../../electron/libvirt/protocol/libvirt-error.ts';
import { procedures } from '../../../../electron/libvirt/protocol/procedures.ts';
import { flatLayout, layoutOfStruct, readProtocolDefinition } from './protocol-definition.ts';

/** An unpacked libvirt source package: `apt-get source libvirt`, then its `src/remote/remote_protocol.x`. */
const sourceFolder = process.env['VIADUCT_LIBVIRT_SOURCE'] ?? '/usr/src/libvirt';
const file = join(sourceFolder, 'src/remote/remote_protocol.x');
const newerThanDefinition = new Set(['nicMacChange']);

if (existsSync(file)) describe(`the procedure table against ${file}`, compareWithDefinition);
else it.skip(`the procedure table against the definition: there is no ${file} (VIADUCT_LIBVIRT_SOURCE)`);

function compareWithDefinition(): void {
  const definition = readProtocolDefinition(readFileSync(file, 'utf8'));

  it.each(Object.values(procedures).map((procedure) => [procedure.name, procedure] as const))(
    '%s has the number, priority, stream and layouts of the definition',
    (name, procedure) => {
      const defined = definition.procedures.get(name);
      const base = `remote_${name.toLowerCase()}`;
      expect({
        number: procedure.number,
        priority: procedure.priority,
        stream: procedure.stream !== undefined,
        args: procedure.args.layout,
        ret: procedure.ret.layout,
      }).toEqual({
        ...defined,
        args: layoutOfStruct(definition, `${base}_args`),
        ret: layoutOfStruct(definition, `${base}_ret`),
      });
    },
  );

  it.each(Object.entries(domainEvents).filter(([kind]) => !newerThanDefinition.has(kind)))(
    'the event %s has the message layout of the definition',
    (_kind, event) => {
      const found = [...definition.procedures].find(([, { number }]) => number === event.procedure);
      const name = `remote_${found?.[0].toLowerCase() ?? ''}_msg`;
      expect(flatLayout(event.message.layout)).toBe(flatLayout(layoutOfStruct(definition, name)));
    },
  );

  it('reads the closed message and the error struct as defined', () => {
    expect(connectionClosedEvent.payload.layout).toBe(
      layoutOfStruct(definition, 'remote_connect_event_connection_closed_msg'),
    );
    expect(wireErrorCodec.layout).toBe(layoutOfStruct(definition, 'remote_error'));
  });
}
