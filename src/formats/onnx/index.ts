/** Reading and writing ONNX files. */
export { readOnnx, type ReadOnnxOptions } from './read.ts';
