/** All kernels, by the op they compute. To add one: a file here, and its name in the line of its op. */
import type { OpName } from '../../ir/index.ts';
import type { Kernel } from '../kernel.ts';
import { activate } from './activate.ts';
import { batchNorm } from './batch-norm.ts';
import { add, mul } from './broadcast.ts';
import { concat } from './concat.ts';
import { convChannels } from './conv-channels.ts';
import { convDepthwise } from './conv-depthwise.ts';
import { convDepthwiseRows } from './conv-depthwise-rows.ts';
import { convDirect } from './conv-direct.ts';
import { convGemm } from './conv-gemm.ts';
import { convGemmShuffled } from './conv-gemm-shuffled.ts';
import { convMatmul } from './conv-matmul.ts';
import { convPointwise } from './conv-pointwise.ts';
import { convSeparable } from './conv-separable.ts';
import { convSubgroup } from './conv-subgroup.ts';
import { convTiled } from './conv-tiled.ts';
import { convTransposeDirect } from './conv-transpose-direct.ts';
import { convTransposeSubgroup, convTransposeTiled } from './conv-transpose-tiled.ts';
import { convUnrolled } from './conv-unrolled.ts';
import { convWinograd } from './conv-winograd.ts';
import { convWinograd2Gemm, convWinogradGemm } from './conv-winograd-gemm.ts';
import { globalAveragePool, globalAveragePoolShared } from './global-average-pool.ts';
import { linearDirect } from './linear-direct.ts';
import { linearGemm } from './linear-gemm.ts';
import { linearReduce } from './linear-reduce.ts';
import { linearTiled } from './linear-tiled.ts';
import { averagePool, maxPool } from './pool.ts';
import { softmax, softmaxShared } from './softmax.ts';
import { sum } from './sum.ts';

/** An `alias` only gives its operand's memory another shape or name, and costs no dispatch. */
export const kernels = {
  add: [add],
  averagePool: [averagePool],
  batchNorm: [batchNorm],
  clip: [activate],
  concat: [concat],
  conv2d: [
    convWinograd,
    convWinogradGemm,
    convWinograd2Gemm,
    convGemm,
    convGemmShuffled,
    convMatmul,
    convSubgroup,
    convChannels,
    convTiled,
    convUnrolled,
    convPointwise,
    convDepthwise,
    convDepthwiseRows,
    convDirect,
  ],
  convTranspose2d: [convTransposeSubgroup, convTransposeTiled, convTransposeDirect],
  flatten: 'alias',
  gelu: [activate],
  globalAveragePool: [globalAveragePool, globalAveragePoolShared],
  hardSigmoid: [activate],
  hardSwish: [activate],
  identity: 'alias',
  leakyRelu: [activate],
  linear: [linearTiled, linearReduce, linearGemm, linearDirect],
  maxPool: [maxPool],
  mul: [mul],
  relu: [activate],
  reshape: 'alias',
  sigmoid: [activate],
  silu: [activate],
  softmax: [softmax, softmaxShared],
  sum: [sum],
} as const satisfies { [K in OpName]: readonly Kernel<K>[] | 'alias' };

/** Those that compute a depthwise convolution and the 1x1 convolution of its output. */
export const pairKernels: readonly Kernel<'conv2d'>[] = [convSeparable];

/** The kernels of an op that is only known at run time; a job's op is the one it was looked up by. */
export const kernelsOf = (op: OpName): readonly Kernel[] | 'alias' =>
  kernels[op] as readonly Kernel[] | 'alias';
