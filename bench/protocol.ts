/** What the process that measures and the processes that are measured say to each other. */

export type Form = 'plain' | 'training';

/** A model file that a contestant loads under a name. */
export interface ModelFile {
  readonly name: string;
  /** Path of an ONNX file with one input and one output, both float32. */
  readonly file: string;
  readonly form: Form;
  /** Of the input, [N,C,H,W]. */
  readonly shape: readonly [number, number, number, number];
}

export type Request =
  /** Loads the libraries; the answer is the adapter's description, or '' where none is known. */
  | { readonly do: 'start' }
  /** Loads a model and runs it once; the answer is `Loaded`. */
  | ({ readonly do: 'load' } & ModelFile)
  /** Runs a model once; the answer is milliseconds, from the input on the host to the output on the host. */
  | { readonly do: 'run'; readonly name: string }
  | { readonly do: 'free'; readonly name: string };

/** What only reparam's own process answers. */
export type OwnRequest = { readonly do: 'prepare-layers' | 'measure-layers' | 'steady-state' };

export interface Loaded {
  /** From the file's bytes to the first result, in milliseconds. */
  readonly firstMs: number;
  readonly output: Float32Array;
}

export type Message = { readonly id: number; readonly request: Request | OwnRequest };
export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly reason: string };

/** The same numbers between -1 and 1 in every process (a linear congruential generator). */
export function makeNoise(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
