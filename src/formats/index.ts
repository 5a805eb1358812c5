/** Weights and graphs as bytes. Files are read and written by `node-files.ts`, which only Node can load. */
export { exportOnnx, openOnnx, readOnnx, writeOnnx } from './onnx/index.ts';
export type { ExternalData, OnnxFile, OnnxModel, OpaqueNode } from './onnx/index.ts';
export type { ReadExternal, ReadOnnxOptions, WriteOnnxOptions } from './onnx/index.ts';
export { parseSafetensors, serialiseSafetensors, type Safetensors } from './safetensors.ts';
export { parseCheckpoint } from './pytorch/index.ts';
export type { Checkpoint, CheckpointOptions } from './pytorch/index.ts';
export { load, save } from './save.ts';
export { loadStateDict, stateDict, type StateDict } from './state-dict.ts';
export { parseWeights } from './weights.ts';
export type { Bytes } from './bytes.ts';
