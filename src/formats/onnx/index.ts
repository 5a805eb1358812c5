/** Reading and writing ONNX files. */
export { readOnnx, type ReadOnnxOptions } from './read.ts';
export { writeOnnx, type WriteOnnxOptions } from './write.ts';
export { openOnnx, type OnnxFile, type OnnxModel } from './model.ts';
export type { OpaqueNode, OpenOnnxOptions } from './model.ts';
