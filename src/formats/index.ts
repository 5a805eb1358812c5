/** Weights and graphs as bytes. Files are read and written by `node-files.ts`, which only Node can load. */
export { readOnnx, writeOnnx } from './onnx/index.ts';
export type { ReadOnnxOptions, WriteOnnxOptions } from './onnx/index.ts';
export { parseSafetensors, serialiseSafetensors, type Safetensors } from './safetensors.ts';
export { load, save } from './save.ts';
export { loadStateDict, stateDict, type StateDict } from './state-dict.ts';
