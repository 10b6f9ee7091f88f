export interface Codec {
  encode(value: unknown): string;
  decode(text: string): unknown;
}

/**
 * Carries what the structured clone algorithm carries, between Node and the page, as text. Its source is sent to the
 * page as well, so it uses nothing from outside itself.
 *
 * JSON's primitives stand for themselves; everything else is an array whose first item is its tag.
 */
export function createCodec(): Codec {
  const views: Record<string, new (buffer: ArrayBuffer) => ArrayBufferView> = {
    Uint8Array,
    Int8Array,
    Uint8ClampedArray,
    Uint16Array,
    Int16Array,
    Uint32Array,
    Int32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  };
  const base64 = (buffer: ArrayBufferLike, offset: number, length: number): string => {
    let text = '';
    for (const byte of new Uint8Array(buffer, offset, length)) text += String.fromCharCode(byte);
    return btoa(text);
  };
  const bytes = (text: string): ArrayBuffer =>
    Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer;

  const packObject = (value: object): unknown => {
    if (Array.isArray(value)) return ['array', value.map(pack)];
    if (value instanceof Date) return ['date', value.getTime()];
    if (value instanceof Map) return ['map', [...value].map(([key, item]) => [pack(key), pack(item)])];
    if (value instanceof Set) return ['set', [...value].map(pack)];
    if (value instanceof Error) return ['error', value.name, value.message];
    if (value instanceof ArrayBuffer) return ['buffer', base64(value, 0, value.byteLength)];
    if (ArrayBuffer.isView(value)) {
      return ['view', value.constructor.name, base64(value.buffer, value.byteOffset, value.byteLength)];
    }
    return ['object', Object.entries(value).map(([key, item]) => [key, pack(item)])];
  };
  const pack = (value: unknown): unknown => {
    if (value === undefined) return ['undefined'];
    if (typeof value === 'bigint') return ['bigint', String(value)];
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
      return ['number', Object.is(value, -0) ? '-0' : String(value)];
    }
    return typeof value === 'object' && value !== null ? packObject(value) : value;
  };
  const unpack = (packed: unknown): unknown => {
    if (!Array.isArray(packed)) return packed;
    const [tag, first, second] = packed as [string, never, never];
    switch (tag) {
      case 'undefined':
        return undefined;
      case 'bigint':
        return BigInt(first);
      case 'number':
        return Number(first);
      case 'array':
        return (first as unknown[]).map(unpack);
      case 'date':
        return new Date(first);
      case 'map':
        return new Map((first as [unknown, unknown][]).map(([key, item]) => [unpack(key), unpack(item)]));
      case 'set':
        return new Set((first as unknown[]).map(unpack));
      case 'error':
        return Object.assign(new Error(second), { name: first });
      case 'buffer':
        return bytes(first);
      case 'view': {
        const view = views[first];
        return view === undefined ? undefined : new view(bytes(second));
      }
      default:
        return Object.fromEntries((first as [string, unknown][]).map(([key, item]) => [key, unpack(item)]));
    }
  };
  return {
    // A clone first: what cannot be cloned fails here with the error that Electron gives.
    encode: (value) => JSON.stringify(pack(structuredClone(value))),
    decode: (text) => unpack(JSON.parse(text)),
  };
}
