/** PyTorch's checkpoints: `.pth`, `.pt`, `.pth.tar`. */
import type { Tensor } from '../../../ir/index.ts';
import { guessKind, toBytes, type Bytes } from '../bytes.ts';
import { fileError } from '../safetensors-header.ts';
import { readArchive } from './archive.ts';
import { isLegacy, readLegacy } from './legacy.ts';
import { findState, isUnknownTensor } from './state.ts';
import { type Contents, readTensor } from './tensors.ts';
import { isKind } from './values.ts';
import { isZip } from './zip.ts';

export interface Checkpoint {
  /** By name, in the file's order. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** What else the state dict has: tensors of integers such as `num_batches_tracked`, and other values. */
  readonly skipped: readonly string[];
}

export interface CheckpointOptions {
  /** Names the file in errors. */
  readonly what?: string;
  /** Where the state dict is in a file that has several: `state_dict_ema`. */
  readonly entry?: string;
}

const startsWith = (bytes: Uint8Array, ...start: number[]) =>
  start.every((byte, i) => bytes[i] === byte);

function readContents(bytes: Uint8Array, what: string): Contents {
  if (isZip(bytes)) return readArchive(bytes, what);
  if (isLegacy(bytes)) return readLegacy(bytes, what);
  if (startsWith(bytes, 0x1f, 0x8b)) throw fileError(what, 'is compressed with gzip; unpack it');
  // A pickle, but not of a checkpoint.
  const guess = bytes[0] === 0x80 ? undefined : guessKind(bytes);
  if (guess !== undefined) throw fileError(what, guess);
  const few = bytes.length < 64 ? `; it has only ${bytes.length} bytes` : '';
  throw fileError(what, `is not a checkpoint that torch.save writes, or too old a one${few}`);
}

/** Whether a file is a PyTorch checkpoint, by how it begins. */
export const isCheckpoint = (bytes: Uint8Array): boolean => isZip(bytes) || isLegacy(bytes);

/**
 * The parameters in a file that `torch.save` wrote, in today's zip form or the one from before PyTorch 1.6.
 * Nothing that the file names is imported or run: its pickle is read as data.
 *
 * The state dict is the file's top level, or within `state_dict`, `model_state_dict`, `model_state`,
 * `model`, `net`, `network`, `module` or `weights`, else averaged parameters within `state_dict_ema`,
 * `model_ema`, `ema_state_dict` or `ema`; `entry` chooses another. The prefixes `module.` and `_orig_mod.`
 * go if all names have them. Float32 and float64 stay what they are, half and bfloat16 become float32;
 * tensors of other types and other values are in `skipped`.
 *
 * Throws a `file` error, which says what is wrong and what to do, for a file that is truncated, contradicts
 * itself, or is something else: TorchScript, a whole model, compressed; an `input` error for what is not bytes.
 */
export function parseCheckpoint(file: Bytes, options: CheckpointOptions = {}): Checkpoint {
  const { what = 'the checkpoint', entry } = options;
  const { value: root, storages } = readContents(toBytes(file, what), what);
  const tensors = new Map<string, Tensor>();
  const skipped: string[] = [];
  for (const [name, value] of findState(root, what, entry)) {
    if (isUnknownTensor(value)) {
      const message = `is made by ${value.name}, which is not supported`;
      throw fileError(what, `the tensor ${JSON.stringify(name)} ${message}`);
    }
    const tensor = isKind(value, 'tensor') ? readTensor(value, name, storages) : undefined;
    if (tensor) tensors.set(name, tensor);
    else skipped.push(name);
  }
  if (tensors.size === 0) throw fileError(what, 'has no tensors of floats: 32, 64 or 16 bits');
  return { tensors, skipped };
}
