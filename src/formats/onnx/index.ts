/** Reading and writing ONNX files. */
export { openOnnx, type OnnxModel, type OpaqueNode } from './model.ts';
export { readOnnx, type ReadOnnxOptions } from './read.ts';
export { exportOnnx, writeOnnx, type WriteOnnxOptions } from './write.ts';
export type { ExternalData, ExternalOptions, OnnxFile, ReadExternal } from './external-data.ts';
export type { WriteBackOptions } from './write-back.ts';
