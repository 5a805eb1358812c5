/** Checking what a session is given to run on. */
import type { Port } from '../../codegen/index.ts';
import { elementCount, printShape, ReparamError, sameShape, Tensor } from '../../ir/index.ts';

/** By name; a Float32Array has the elements in row-major order. */
export type Inputs = Readonly<Record<string, Tensor | Float32Array>>;

/** The data for each port, in the order of the ports. Throws `input`, with the name of the input. */
export function readInputs(ports: readonly Port[], inputs: Inputs, sizes: string): Float32Array[] {
  const known = ports.map(({ name, shape }) => `"${name}" ${printShape(shape)}`).join(', ');
  const takes = known === '' ? 'it takes none' : `it takes ${known}`;
  for (const name of Object.keys(inputs)) {
    if (!ports.some((port) => port.name === name)) {
      throw inputError(name, `there is no input "${name}"; ${takes}`);
    }
  }
  return ports.map((port) => {
    const given = Object.hasOwn(inputs, port.name) ? inputs[port.name] : undefined;
    if (given === undefined) {
      throw inputError(port.name, `the input "${port.name}" is missing; ${takes}`);
    }
    return readInput(port, given, sizes);
  });
}

function readInput({ name, shape }: Port, given: unknown, sizes: string): Float32Array {
  if (given instanceof Float32Array) {
    const wanted = elementCount(shape);
    if (given.length === wanted) return given;
    const message = `the input "${name}" has ${given.length} elements, not the ${wanted} of ${printShape(shape)}${sizes}`;
    throw inputError(name, message);
  }
  if (!(given instanceof Tensor)) {
    throw inputError(name, `the input "${name}" is neither a Tensor nor a Float32Array`);
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
