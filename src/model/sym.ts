/** Symbolic tensors and layers: what a model's function passes around while the graph is recorded. */
import { Tensor } from '../../ir/index.ts';
import type { DType, GraphBuilder, Shape, ValueId } from '../../ir/index.ts';

/** The recording a tensor belongs to. A symbol of our own, so that only `model` can make a `Sym`. */
export const TRACE = Symbol('reparam.trace');

/** A tensor of the model under construction. Its shape is known, its elements are not. */
export interface Sym {
  /** The value's name in the graph. */
  readonly id: ValueId;
  readonly dtype: DType;
  /** Sizes; a string is a symbolic one. Images are [N, C, H, W]. */
  readonly shape: Shape;
  /** The size of axis 1. Throws a `shape` error where there is none, or where it is symbolic. */
  readonly channels: number;
  readonly [TRACE]: Trace;
}

/** A layer is a function from tensor to tensor; any function of this type is one. */
export type Layer = (x: Sym) => Sym;

export const isSym = (value: unknown): value is Sym =>
  typeof value === 'object' && value !== null && TRACE in value;

/** What was given instead of what was wanted. */
export function describe(value: unknown): string {
  if (isSym(value)) return `the tensor "${value.id}"`;
  if (typeof value === 'function') return 'a layer, or another function';
  if (value instanceof Promise) return 'a promise';
  if (value instanceof Tensor) return 'a Tensor, which is data';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** The recording of one model. */
export interface Trace {
  readonly name: string;
  /** Names of the model's inputs. */
  readonly inputs: readonly string[];
  readonly builder: GraphBuilder;
  readonly dtype: DType;
  readonly seed: number;
  /** The path of the scope being recorded: '' or 'stage1.0.'. */
  prefix: string;
  /** Paths of layers and scopes. */
  readonly paths: Set<string>;
  /** Where each layer with parameters was applied. */
  readonly applied: Map<Layer, string>;
  finished: boolean;
}
