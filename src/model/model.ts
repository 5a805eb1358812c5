/** From a function over symbolic tensors to a graph. */
import { ReparamError, verify, type DType, type Graph, type Shape } from '../../ir/index.ts';
import { fromCaller, inUserCode } from './caller.ts';
import { readOptions } from './options.ts';
import { describe, isSym, type Sym } from './sym.ts';
import { makeSym, newTrace, traceOf, whileRunning } from './trace.ts';

export interface ModelOptions {
  /** Of inputs and parameters; default `f32`. */
  readonly dtype?: DType;
  /** Decides the initial parameters, together with their names; default 0. */
  readonly seed?: number;
}

/**
 * Records what `build` does with the inputs, and returns it as an immutable graph.
 *
 *     const net = model('net', { x: ['N', 3, 32, 32] }, ({ x }) =>
 *       linear(10)(flatten(globalAveragePool(relu(conv2d(16, 3, { padding: 1 })(x))))));
 *
 * `inputs` gives the shapes by name; a string is a size that stays open. One tensor returned is the output
 * `output`; several are returned by name. A parameter's name is the path of its layer and PyTorch's name
 * for it: `stage1.0.conv.weight`. Parameters start at random and are only computed once they are read;
 * `loadStateDict` gives them trained values.
 *
 * Throws a `shape` or `invalid-graph` error, which names the layer, from the line at fault.
 */
export function model<I extends string>(
  name: string,
  inputs: Readonly<Record<I, Shape>>,
  build: (inputs: Readonly<Record<I, Sym>>) => Sym | Readonly<Record<string, Sym>>,
  options: ModelOptions = {},
): Graph {
  return fromCaller(model, () => {
    const { dtype = 'f32', seed = 0 } = options;
    readOptions('model', options, ['dtype', 'seed']);
    const wrong = (message: string) =>
      new ReparamError('invalid-graph', `model "${name}": ${message}`);
    if (typeof build !== 'function') {
      throw wrong(
        `${describe(build)} is no function of the inputs; pass name, inputs and function`,
      );
    }
    if (typeof inputs !== 'object' || inputs === null) {
      throw wrong(`the inputs must be shapes by name, not ${describe(inputs)}`);
    }
    const trace = newTrace(name, Object.keys(inputs), dtype, seed);
    const syms = Object.entries<Shape>(inputs).map(([input, shape]) => {
      if (!Array.isArray(shape)) {
        throw wrong(`the shape of the input "${input}" must be a list, not ${describe(shape)}`);
      }
      return [input, makeSym(trace, trace.builder.input(input, shape, dtype))] as const;
    });
    const result = whileRunning(trace, () =>
      inUserCode(() => build(Object.fromEntries(syms) as Record<I, Sym>)),
    );
    if (typeof result !== 'object' || result === null || result instanceof Promise) {
      const wanted = 'a tensor or a record of tensors';
      throw wrong(`the function must return ${wanted}, not ${describe(result)}`);
    }
    const outputs = Object.entries(isSym(result) ? { output: result } : result);
    for (const [output, sym] of outputs) {
      if (!isSym(sym)) {
        throw new ReparamError(
          'invalid-graph',
          `the output "${output}" is not a tensor, but ${describe(sym)}`,
          output,
        );
      }
      if (traceOf(sym) !== trace) {
        const message = `the output "${output}" belongs to another model`;
        throw new ReparamError('invalid-graph', message, output);
      }
    }
    trace.finished = true;
    return verify(
      trace.builder.finish(outputs.map(([output, { id }]) => ({ name: output, value: id }))),
    );
  });
}
