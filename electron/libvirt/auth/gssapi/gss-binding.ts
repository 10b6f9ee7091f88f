import { AuthError } from '../auth-error.ts';

/** A pointer of the library's; `null` for none. */
export type Pointer = bigint | null;
export interface GssBuffer {
  readonly length: number | bigint;
  readonly value: Uint8Array | Pointer;
}
export interface GssOid {
  readonly length: number;
  readonly elements: Uint8Array;
}
/** A parameter that the library writes to. */
type Out<T> = [T];

/** What is called of the library (RFC 2744). Each returns the major status and writes the minor one. */
export interface GssFunctions {
  importName(minor: Out<number>, name: GssBuffer, type: GssOid, out: Out<Pointer>): number;
  initSecContext(minor: Out<number>, args: InitArguments): Promise<number>;
  wrap(
    minor: Out<number>,
    context: Pointer,
    confidential: number,
    qop: number,
    plain: GssBuffer,
    isConfidential: Out<number>,
    block: GssBuffer,
  ): number;
  unwrap(
    minor: Out<number>,
    context: Pointer,
    block: GssBuffer,
    plain: GssBuffer,
    isConfidential: Out<number>,
    qop: Out<number>,
  ): number;
  wrapSizeLimit(
    minor: Out<number>,
    context: Pointer,
    confidential: number,
    qop: number,
    maxBlock: number,
    maxPlain: Out<number>,
  ): number;
  inquireContext(minor: Out<number>, context: Pointer, source: Out<Pointer>, flags: Out<number>): number;
  inquireByOid(minor: Out<number>, context: Pointer, oid: GssOid, set: Out<Pointer>): number;
  displayName(minor: Out<number>, name: Pointer, text: GssBuffer): number;
  displayStatus(minor: Out<number>, status: number, kind: number, more: Out<number>, text: GssBuffer): number;
  releaseName(minor: Out<number>, name: Out<Pointer>): number;
  releaseBuffer(minor: Out<number>, buffer: GssBuffer): number;
  releaseBufferSet(minor: Out<number>, set: Out<Pointer>): number;
  deleteSecContext(minor: Out<number>, context: Out<Pointer>): number;
  /** A copy of memory of the library's. */
  bytesAt(place: Pointer, length: number): Uint8Array;
  /** The first buffer of a set, still the library's. */
  firstOfSet(set: Pointer): GssBuffer | undefined;
}

export interface InitArguments {
  readonly context: Out<Pointer>;
  readonly target: Pointer;
  readonly flags: number;
  readonly input: GssBuffer;
  readonly output: GssBuffer;
}

/** MIT's library by the name that Linux distributions install it under. */
const libraryName = 'libgssapi_krb5.so.2';
/** The resolver and the configuration reader of the library need more than the 128 KiB that is the default. */
const threadStackBytes = 1_048_576;

const kerberosMechanism: GssOid = oid('2a864886f712010202');

export function oid(hex: string): GssOid {
  const elements = Buffer.from(hex, 'hex');
  return { length: elements.length, elements };
}

interface Bound {
  (...args: readonly unknown[]): number;
  async(...args: readonly unknown[]): void;
}

let loading: Promise<GssFunctions> | undefined;

/**
 * The Kerberos library of this machine, opened at the first login that needs it and once in a process.
 *
 * @throws {AuthError} `auth-kerberos-library-missing`
 */
export function loadGss(): Promise<GssFunctions> {
  loading ??= bind().catch((error: unknown) => {
    loading = undefined;
    throw libraryMissing(error);
  });
  return loading;
}

async function bind(): Promise<GssFunctions> {
  const { default: koffi } = await import('koffi');
  koffi.config({ ...koffi.config(), async_stack_size: threadStackBytes });
  // With its own symbols first, so that it never meets the OpenSSL inside Node.
  const library = koffi.load(libraryName, { deep: true });
  const number = koffi.out(koffi.pointer('uint32_t'));
  const handle = koffi.inout(koffi.pointer('void *'));
  const bufferType = koffi.struct({ length: 'size_t', value: 'void *' });
  const setType = koffi.struct({ count: 'size_t', elements: 'void *' });
  const input = koffi.pointer(bufferType);
  const output = koffi.out(koffi.pointer(bufferType));
  const oidType = koffi.pointer(koffi.struct({ length: 'uint32_t', elements: 'void *' }));
  type Type = Parameters<typeof koffi.sizeof>[0];
  const bound = (name: string, types: Type[]): Bound => library.func(name, 'uint32_t', types) as Bound;

  const init = bound('gss_init_sec_context', [
    ...[number, 'void *', handle, 'void *', oidType, 'uint32_t', 'uint32_t', 'void *', input, 'void *'],
    ...[output, 'void *', 'void *'],
  ]);
  const inquire = bound('gss_inquire_context', [
    ...[number, 'void *', handle, 'void *', 'void *', 'void *', number, 'void *', 'void *'],
  ]);
  const display = bound('gss_display_status', [number, 'uint32_t', 'int', oidType, number, output]);
  const displayName = bound('gss_display_name', [number, 'void *', output, 'void *']);
  const remove = bound('gss_delete_sec_context', [number, handle, 'void *']);
  // A copy and not a view: Electron has no buffers over memory that is not its own.
  const bytesAt = (place: Pointer, length: number): Uint8Array =>
    place === null || length === 0
      ? new Uint8Array(0)
      : (koffi.decode(place, 'uint8_t', length) as Uint8Array);

  return {
    importName: bound('gss_import_name', [number, input, oidType, handle]),
    initSecContext: (minor, args) =>
      new Promise((resolve, reject) => {
        const { context, target, flags } = args;
        const settle = (error: Error | null, major: number): void => (error ? reject(error) : resolve(major));
        const fixed = [null, context, target, kerberosMechanism, flags, 0, null] as const;
        init.async(minor, ...fixed, args.input, null, args.output, null, null, settle);
      }),
    wrap: bound('gss_wrap', [number, 'void *', 'int', 'uint32_t', input, number, output]),
    unwrap: bound('gss_unwrap', [number, 'void *', input, output, number, number]),
    wrapSizeLimit: bound('gss_wrap_size_limit', [number, 'void *', 'int', 'uint32_t', 'uint32_t', number]),
    inquireContext: (minor, context, source, flags) =>
      inquire(minor, context, source, null, null, null, flags, null, null),
    inquireByOid: bound('gss_inquire_sec_context_by_oid', [number, 'void *', oidType, handle]),
    displayName: (minor, name, text) => displayName(minor, name, text, null),
    displayStatus: (minor, status, kind, more, text) =>
      display(minor, status, kind, kerberosMechanism, more, text),
    releaseName: bound('gss_release_name', [number, handle]),
    releaseBuffer: bound('gss_release_buffer', [number, koffi.inout(koffi.pointer(bufferType))]),
    releaseBufferSet: bound('gss_release_buffer_set', [number, handle]),
    deleteSecContext: (minor, context) => remove(minor, context, null),
    bytesAt,
    firstOfSet: (place) => {
      if (place === null) return undefined;
      const set = koffi.decode(place, setType) as { count: number | bigint; elements: Pointer };
      if (Number(set.count) === 0 || set.elements === null) return undefined;
      return koffi.decode(set.elements, bufferType) as GssBuffer;
    },
  };
}

function libraryMissing(cause: unknown): AuthError {
  return new AuthError(
    'auth-kerberos-library-missing',
    `A Kerberos login needs ${libraryName} (MIT Kerberos) and the npm package koffi, and one of them is missing here.`,
    {
      cause,
      remedy:
        'On Debian or Ubuntu install the package libgssapi-krb5-2, elsewhere krb5-libs; Kerberos logins are for Linux only.',
    },
  );
}
