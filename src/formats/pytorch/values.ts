/** What the restricted reader makes of a pickle: plain data, and notes on tensors. */

/** A name in a Python module, `torch.FloatStorage`. It is never looked up, only compared. */
export interface Global {
  readonly kind: 'global';
  readonly name: string;
}

/** What Python would make by calling something that is not known here: nothing was called. */
export interface Inert {
  readonly kind: 'inert';
  /** Of what would be called, or of the class. */
  readonly name: string;
}

/** A run of elements beside the pickle. */
export interface Storage {
  readonly kind: 'storage';
  /** `FloatStorage`, whether on a GPU or not. */
  readonly type: string;
  readonly key: string;
  /** Where it begins within the elements of that key; zero but for views in old files. */
  readonly start: number;
  /** Elements. */
  readonly size: number;
}

/** What a tensor is made of; not checked before the tensor is wanted. */
export interface TensorNote {
  readonly kind: 'tensor';
  readonly storage: Value;
  readonly offset: Value;
  readonly shape: Value;
  readonly strides: Value;
}

/** Lists, tuples and sets are arrays. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Value[]
  | Map<Value, Value>
  | Global
  | Inert
  | Storage
  | TensorNote;

export const isKind = <K extends 'global' | 'inert' | 'storage' | 'tensor'>(
  value: Value | undefined,
  kind: K,
): value is Extract<Value, { readonly kind: K }> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;

/** A number of things or a position among them. */
export const isCount = (value: Value | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** In one or two words; never the content, which may be large or contain itself. */
export function describe(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value !== 'object') {
    return typeof value === 'string' ? 'a string' : `a ${typeof value}`;
  }
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dict';
  if (value instanceof Uint8Array) return 'bytes';
  if (value.kind === 'tensor' || value.kind === 'storage') return `a ${value.kind}`;
  return JSON.stringify(value.name);
}
