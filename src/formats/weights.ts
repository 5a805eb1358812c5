/** Parameters from a file of either format, which is told by how it begins. */
import type { Tensor } from '../../ir/index.ts';
import { isCheckpoint, parseCheckpoint, type CheckpointOptions } from './pytorch/index.ts';
import { parseSafetensors } from './safetensors.ts';

/** Throws a `file` error; see `parseCheckpoint` and `parseSafetensors`. */
export const parseWeights = (
  bytes: Uint8Array,
  options: CheckpointOptions,
): ReadonlyMap<string, Tensor> =>
  (isCheckpoint(bytes) ? parseCheckpoint : parseSafetensors)(bytes, options).tensors;
