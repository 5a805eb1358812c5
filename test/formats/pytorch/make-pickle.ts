/** Pickles and the files around them, written by hand. */

/** A byte, a text's ASCII characters, or bytes. */
type Part = number | string | Uint8Array | readonly Part[];

const chunksOf = (part: Part): Uint8Array[] => {
  if (typeof part === 'number') return [Uint8Array.of(part)];
  if (typeof part === 'string') return [Buffer.from(part, 'latin1')];
  return part instanceof Uint8Array ? [part] : part.flatMap(chunksOf);
};
export const bytes = (...parts: Part[]): Uint8Array =>
  new Uint8Array(Buffer.concat(chunksOf(parts)));

export const u16 = (value: number): Uint8Array => new Uint8Array(Uint16Array.of(value).buffer);
export const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
export const u64 = (value: number | bigint): Uint8Array =>
  new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);

/** A pickle of protocol 2. */
export const pickle = (...parts: Part[]): Uint8Array => bytes(0x80, 2, parts, '.');

export const text = (value: string): Part => ['X', u32(value.length), value];
export const int = (value: number): Part => ['J', u32(value)];
export const tuple = (...items: Part[]): Part => ['(', items, 't'];
export const dict = (...entries: (readonly [string, Part])[]): Part => [
  '}(',
  entries.map(([key, value]) => [text(key), value]),
  'u',
];
export const global = (module: string, name: string): Part => ['c', `${module}\n${name}\n`];
/** What in Python is a call. */
export const reduce = (make: Part, ...args: Part[]): Part => [make, tuple(...args), 'R'];

export interface StorageParts {
  readonly type?: string;
  readonly key?: string;
  readonly size?: number;
  readonly view?: Part;
}
export const storage = ({
  type = 'FloatStorage',
  key = '0',
  size = 4,
  view,
}: StorageParts = {}) => [
  tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(size), view ?? []),
  'Q',
];

const ints = (values: readonly number[]) => tuple(...values.map(int));
export const tensor = (
  shape: readonly number[],
  strides: readonly number[],
  { offset = 0, ...rest }: StorageParts & { readonly offset?: number } = {},
): Part =>
  reduce(
    global('torch._utils', '_rebuild_tensor_v2'),
    storage(rest),
    int(offset),
    ints(shape),
    ints(strides),
    0x89,
    'N',
  );

const system = pickle(dict(['little_endian', 0x88]));
const magic = pickle(0x8a, 10, u64(0xa86a20f9469cfc6cn), 0x50, 0x19);

/** The form from before PyTorch 1.6. */
export const legacyFile = (
  main: Uint8Array,
  storages: readonly (readonly [key: string, size: number, data: Uint8Array])[] = [],
): Uint8Array =>
  bytes(
    magic,
    pickle(int(1001)),
    system,
    main,
    pickle(
      '](',
      storages.map(([key]) => text(key)),
      'e',
    ),
    storages.map(([, size, data]) => [u64(size), data]),
  );

/** The four floats 1, 2, 3, 4. */
export const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
