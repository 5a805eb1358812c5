/** The language in which models are written. */
export { clip, gelu, hardSigmoid, hardSwish } from './activations.ts';
export { leakyRelu, relu, relu6, sigmoid, silu } from './activations.ts';
export { add, branches, concat, mul, sequential, sum, type Layers } from './combine.ts';
export { convTranspose2d, type ConvTransposeOptions } from './conv-transpose.ts';
export { named, type Configurable } from './layer.ts';
export { model, type ModelOptions } from './model.ts';
export { batchNorm, parameter, scale } from './normalise.ts';
export type { Padding, Pair } from './options.ts';
export { avgPool2d, globalAveragePool, maxPool2d } from './pool.ts';
export type { AvgPoolOptions, PoolOptions } from './pool.ts';
export { flatten, identity, reshape, softmax, type FlattenOptions } from './reshape.ts';
export { randomiseStatistics } from './statistics.ts';
export type { Layer, Sym } from './sym.ts';
export { conv2d, linear, type ConvOptions } from './weighted.ts';
