/** What a file declares of its values: element types and shapes. */
import { isSymbol, type Dim, type Shape } from '../../../ir/index.ts';
import type { TypeProto, ValueInfoProto } from './schema/onnx_pb.ts';

export interface Declared {
  /** A `TensorProto.DataType`; 0 where it is not a tensor. */
  readonly element: number;
  /** Undefined where not even the number of axes is known. */
  readonly shape: Shape | undefined;
}

/** Gives a symbol for the name of a size: the same one for the same key, different ones for others. */
export type SymbolOf = (name: string, key?: string) => string;

export function symbolNames(): SymbolOf {
  const known = new Map<string, string>();
  const taken = new Set<string>();
  return (name, key = name) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const plain = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
    const base = isSymbol(plain) ? plain : `d_${plain}`;
    let symbol = base;
    for (let n = 2; taken.has(symbol); n++) symbol = `${base}_${n}`;
    taken.add(symbol);
    known.set(key, symbol);
    return symbol;
  };
}

export const tensorType = (type: TypeProto | undefined) =>
  type?.value.case === 'tensorType' ? type.value.value : undefined;

export function declaredType(
  { name, type }: ValueInfoProto,
  symbol: SymbolOf,
): Declared & { readonly impossible?: bigint } {
  const tensor = tensorType(type);
  if (!tensor) return { element: 0, shape: undefined };
  const element = tensor.elemType;
  const sizes = tensor.shape?.dim.map(({ value }) => value) ?? [];
  const isSize = (size: bigint) => size > 0n && size <= Number.MAX_SAFE_INTEGER;
  for (const { case: kind, value } of sizes) {
    const isOpen = kind !== 'dimValue' || value === -1n;
    if (!isOpen && !isSize(value)) return { element, shape: undefined, impossible: value };
  }
  const shape = sizes.map(({ case: kind, value }, i): Dim => {
    if (kind === 'dimParam' && value !== '') return symbol(value);
    if (kind !== 'dimValue' || value === -1n) return symbol(`${name}_${i}`, `${i} of ${name}`);
    return Number(value);
  });
  return { element, shape: tensor.shape && shape };
}
