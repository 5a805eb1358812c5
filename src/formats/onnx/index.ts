/** Reading and writing ONNX files. */
export { readOnnx, type ReadOnnxOptions } from './read.ts';
export { writeOnnx, type WriteOnnxOptions } from './write.ts';
