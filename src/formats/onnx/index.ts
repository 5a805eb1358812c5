/** Reading and writing ONNX files. */
export { openOnnx, type OnnxModel, type OpaqueNode } from './model.ts';
export { readOnnx, type ReadOnnxOptions } from './read.ts';
export { writeOnnx, type WriteOnnxOptions } from './write.ts';
export type { ExternalData, ReadExternal } from './external-data.ts';
export type { OnnxFile, WriteBackOptions } from './write-back.ts';
