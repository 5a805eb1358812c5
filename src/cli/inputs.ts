/** Inputs of a model from files. */
import { Tensor, type Graph, type Value } from '../../ir/index.ts';
import { readBytes } from '../formats/node-files.ts';
import { usageError } from './answer.ts';
import { arrayExtensions, isArrayFile, parseNpy, parseRaw } from './arrays.ts';
import { nameBefore } from './output-files.ts';
import { isPicture, pictureExtensions, readPicture, type PictureOptions } from './picture.ts';

/**
 * Reads `NAME=FILE`, or `FILE` where the model has one input, for each input. Throws wrong usage where inputs
 * and files do not correspond, and `file` errors.
 */
export async function readInputFiles(
  graph: Graph,
  given: readonly string[],
  options: PictureOptions,
): Promise<Record<string, Tensor>> {
  const files = await assignFiles(graph, given);
  const tensors: Record<string, Tensor> = {};
  for (const [input, path] of files) tensors[input.id] = await readInput(input, path, options);
  return tensors;
}

async function assignFiles({ inputs }: Graph, given: readonly string[]) {
  const files = new Map<Value, string>();
  const names = inputs.map(({ id }) => id).join(', ');
  for (const text of given) {
    const named = inputs.find(({ id }) => text.startsWith(`${id}=`));
    const unknown = named ? undefined : await nameBefore(text);
    if (unknown !== undefined) throw usageError(`there is no input "${unknown}"; it has ${names}`);
    const only = inputs.length === 1 ? inputs[0] : undefined;
    const input = named ?? only;
    if (!input)
      throw usageError(`'${text}' does not say for which input: ${names}; give NAME=FILE`);
    if (files.has(input)) throw usageError(`the input ${input.id} is given twice`);
    const path = named ? text.slice(named.id.length + 1) : text;
    if (!isArrayFile(path) && !isPicture(path)) {
      const known = [...arrayExtensions, ...pictureExtensions].join(', ');
      throw usageError(`'${path}' is of no known kind; inputs are ${known}`);
    }
    files.set(input, path);
  }
  const missing = inputs.find((input) => !files.has(input));
  if (missing) throw usageError(`the input ${missing.id} is missing: -i ${missing.id}=FILE`);
  return files;
}

async function readInput({ shape }: Value, path: string, options: PictureOptions): Promise<Tensor> {
  const bytes = await readBytes(path);
  if (isPicture(path)) return readPicture(bytes, shape, options, path);
  if (!path.toLowerCase().endsWith('.npy')) return parseRaw(bytes, shape, path);
  const tensor = parseNpy(bytes, path);
  // One image, without the axis of the batch.
  const isOneOfBatch =
    tensor.shape.length === shape.length - 1 && (shape[0] === 1 || typeof shape[0] === 'string');
  return isOneOfBatch ? new Tensor([1, ...tensor.shape], tensor.data) : tensor;
}
