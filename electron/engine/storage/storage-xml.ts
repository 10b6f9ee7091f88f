import { DOMImplementation, type Element } from '@xmldom/xmldom';
import { serializeXml } from '../../common/xml.ts';
import type { VolumeRequest } from './storage-host.ts';

/** The definition of a pool of a directory, as `virStoragePoolCreateXML` takes it; without a UUID the daemon gives it one. */
export function poolXml({
  name,
  uuid,
  directory,
}: {
  name: string;
  uuid?: string;
  directory: string;
}): string {
  const pool = root('pool', { type: 'dir' });
  add(pool, 'name', name);
  if (uuid !== undefined) add(pool, 'uuid', uuid);
  add(add(pool, 'target'), 'path', directory);
  return serializeXml(pool);
}

/** A volume as `virStorageVolCreateXML` takes it: nothing allocated, and read by nobody but its owner. */
export function volumeXml({ name, format, capacityBytes, owner, backing }: VolumeRequest): string {
  const volume = root('volume', {});
  add(volume, 'name', name);
  add(volume, 'capacity', String(capacityBytes), { unit: 'bytes' });
  add(volume, 'allocation', '0');
  const target = add(volume, 'target');
  add(target, 'format', undefined, { type: format });
  const permissions = add(target, 'permissions');
  add(permissions, 'mode', '0600');
  if (owner !== undefined) {
    add(permissions, 'owner', String(owner.uid));
    add(permissions, 'group', String(owner.gid));
  }
  if (backing !== undefined) {
    const store = add(volume, 'backingStore');
    add(store, 'path', backing.path);
    add(store, 'format', undefined, { type: backing.format });
  }
  return serializeXml(volume);
}

function root(name: string, attributes: Record<string, string>): Element {
  const document = new DOMImplementation().createDocument(null, name);
  const element = document.documentElement ?? document.createElement(name);
  return described(element, undefined, attributes);
}

function add(parent: Element, name: string, text?: string, attributes: Record<string, string> = {}): Element {
  const document = parent.ownerDocument;
  if (document === null) throw new TypeError('The element belongs to no document.');
  const child = described(document.createElement(name), text, attributes);
  parent.appendChild(child);
  return child;
}

function described(element: Element, text: string | undefined, attributes: Record<string, string>): Element {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
