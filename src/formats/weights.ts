/** Parameters from a file of either format, which is told by how it begins. */
import type { Tensor } from '../../ir/index.ts';
import { toBytes, type Bytes } from './bytes.ts';
import { isCheckpoint, parseCheckpoint, type CheckpointOptions } from './pytorch/index.ts';
import { parseSafetensors } from './safetensors.ts';

/** Throws a `file` or `input` error; see `parseCheckpoint` and `parseSafetensors`. */
export const parseWeights = (
  file: Bytes,
  options: CheckpointOptions & { readonly what: string },
): ReadonlyMap<string, Tensor> => {
  const bytes = toBytes(file, options.what);
  return (isCheckpoint(bytes) ? parseCheckpoint : parseSafetensors)(bytes, options).tensors;
};
