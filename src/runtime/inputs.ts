/** Checking what a session is given to run on. */
import type { Port } from '../../codegen/index.ts';
import { elementCount, printShape, ReparamError, sameShape, Tensor } from '../../ir/index.ts';
import type { Shape } from '../../ir/index.ts';

/** By name; a Float32Array has the elements in row-major order. */
export type Inputs = Readonly<Record<string, Tensor | Float32Array>>;

/** The data for each port, in the order of the ports. Throws `input`, with the name of the input. */
export function readInputs(ports: readonly Port[], inputs: Inputs, sizes: string): Float32Array[] {
  expectInputs(ports, inputs);
  return ports.map((port) => readInput(port, inputs[port.name]!, sizes));
}

/** Throws `input` unless just the ports have something of the right kind, whatever its size. */
export function expectInputs(
  ports: readonly { readonly name: string; readonly shape: Shape }[],
  inputs: Inputs | undefined,
): void {
  const known = ports.map(({ name, shape }) => `"${name}" ${printShape(shape)}`).join(', ');
  const takes = known === '' ? 'it takes none' : `it takes ${known}`;
  const given: Inputs = inputs ?? {};
  for (const name of Object.keys(given)) {
    if (!ports.some((port) => port.name === name)) {
      throw inputError(name, `there is no input "${name}"; ${takes}`);
    }
  }
  for (const { name } of ports) {
    const one = Object.hasOwn(given, name) ? given[name] : undefined;
    if (one === undefined) throw inputError(name, `the input "${name}" is missing; ${takes}`);
    if (!(one instanceof Tensor || one instanceof Float32Array)) {
      throw inputError(name, `the input "${name}" is neither a Tensor nor a Float32Array`);
    }
  }
}

function readInput(
  { name, shape }: Port,
  given: Tensor | Float32Array,
  sizes: string,
): Float32Array {
  if (given instanceof Float32Array) {
    const wanted = elementCount(shape);
    if (given.length === wanted) return given;
    const message = `the input "${name}" has ${given.length} elements, not the ${wanted} of ${printShape(shape)}${sizes}`;
    throw inputError(name, message);
  }
  if (!sameShape(given.shape, shape)) {
    const message = `the input "${name}" is ${printShape(given.shape)}, not ${printShape(shape)}${sizes}`;
    throw inputError(name, message);
  }
  if (given.data instanceof Float32Array) return given.data;
  const remedy = 'pass new Tensor(shape, Float32Array.from(data))';
  throw inputError(
    name,
    `the input "${name}" is float64, and the device computes in float32; ${remedy}`,
  );
}

const inputError = (name: string, message: string) => new ReparamError('input', message, name);
