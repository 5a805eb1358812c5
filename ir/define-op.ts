/** What every op tells about itself. One file per op in `ops/`; `registry.ts` lists them. */
import { printAttr } from './attr.ts';
import { isStatic, printShape, type Shape, type StaticShape } from './dim.ts';
import { shapeError } from './errors.ts';
import type { DType } from './tensor.ts';

/** What is known of a value before running. */
export interface Type {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A value in the evaluator: row-major, float64. */
export interface Array64 {
  readonly shape: StaticShape;
  readonly data: Float64Array;
}

/** An operand: required, optional (absent is `null`), or variadic (the last one; one or more). */
export interface Operand {
  readonly name: string;
  readonly kind: 'required' | 'optional' | 'variadic';
}

export interface OpDef<A extends object> {
  /** What it computes, with shapes, in a line or two. */
  readonly doc: string;
  readonly operands: readonly Operand[];
  /** Attributes with their defaults; a node always carries all of them. */
  readonly attrs: A;
  /** The output's type. Throws a shape error; the caller adds the node's name. */
  readonly infer: (inputs: readonly (Type | null)[], attrs: A) => Type;
  /** Multiply-adds. Element-wise work counts none, as is usual; its price is in the bytes. */
  readonly macs: (inputs: readonly (StaticShape | null)[], output: StaticShape, attrs: A) => number;
  /** The meaning, in float64. An absent operand is `null`. */
  readonly evaluate: (
    inputs: readonly (Array64 | null)[],
    attrs: A,
    output: StaticShape,
  ) => Float64Array;
}

export const defineOp = <A extends object>(def: OpDef<A>): OpDef<A> => def;

export const required = (name: string): Operand => ({ name, kind: 'required' });
export const optional = (name: string): Operand => ({ name, kind: 'optional' });
export const variadic = (name: string): Operand => ({ name, kind: 'variadic' });

export const noMacs = () => 0;

/** Throws unless the operand has the rank. */
export function expectRank(type: Type, rank: number, operand: string): void {
  if (type.shape.length !== rank) {
    throw shapeError(`${operand} must have ${rank} dimensions, but is ${printShape(type.shape)}`);
  }
}

/** Throws unless the operand has exactly the shape; an absent operand passes. */
export function expectShape(type: Type | null | undefined, shape: Shape, operand: string): void {
  if (!type) return;
  if (type.shape.length !== shape.length || shape.some((d, i) => d !== type.shape[i])) {
    throw shapeError(
      `${operand} must have the shape ${printShape(shape)}, but is ${printShape(type.shape)}`,
    );
  }
}

/** The operand's shape, which must not have symbolic sizes. */
export function expectStatic(type: Type, operand: string): StaticShape {
  if (isStatic(type.shape)) return type.shape;
  throw shapeError(`${operand} must have a fixed shape, but is ${printShape(type.shape)}`);
}

/** Throws unless `values` is a list of `length` integers, none below `least`. */
export function expectIntegers(
  values: readonly number[],
  length: number,
  least: number,
  attr: string,
): void {
  const fits = values.length === length && values.every((v) => Number.isInteger(v) && v >= least);
  if (!fits) {
    const wanted = `${length} integers${least === -Infinity ? '' : ` of at least ${least}`}`;
    throw shapeError(`${attr}=${printAttr(values)} must be ${wanted}`);
  }
}
