/** reparam: write or load a multi-branch model, compile it to a plain one, run it on the GPU. */

// Models
export * from './model/index.ts';
export { deployStateDict, fromTimm, loadCheckpoint } from './zoo/index.ts';
export type { LoadCheckpointOptions } from './zoo/index.ts';
export { zoo, zooNames, type ZooName, type ZooOptions } from './zoo/index.ts';
export { mobileone, mobileoneBlock, repvgg, repvggBlock, squeezeExcite } from './zoo/index.ts';
export { loadStateDict, stateDict, type StateDict } from './formats/index.ts';
export { parseCheckpoint, type Checkpoint, type CheckpointOptions } from './formats/index.ts';
export { load, parseSafetensors, save, serialiseSafetensors } from './formats/index.ts';
export { exportOnnx, openOnnx, readOnnx, writeOnnx } from './formats/index.ts';
export type { OnnxFile, OnnxModel, OpaqueNode } from './formats/index.ts';
export type { ReadExternal, ReadOnnxOptions, WriteOnnxOptions } from './formats/index.ts';

// From the training form to the plain one
export { compile, type Compiled, type CompileOptions } from './compile.ts';
export { compare, type Comparable, type Comparison } from './compare.ts';
export type { Difference, OutputDifference } from './compare.ts';
export { checkEquivalence, regionsOf } from './equivalence/index.ts';
export type { Equivalence, EquivalenceOptions, Place, Region } from './equivalence/index.ts';
export { printLog, type Event } from '../passes/index.ts';

// Running
export { device, openDevice, openSession } from './runtime/index.ts';
export type { Device, DeviceInfo, DeviceOptions } from './runtime/index.ts';
export type { DispatchProfile, Profile, ProfileOptions, Roofline } from './runtime/index.ts';
export type { Inputs, Session, SessionOptions } from './runtime/index.ts';
export { profileLayers, type LayerProfile } from './profile/index.ts';
export { printPlan, type Plan, type Precision } from '../codegen/index.ts';

// Measuring which kernels are best
export { exportTuning, fileStore, importTuning, indexedDbStore, tune } from './tuning/index.ts';
export type { JobReport, TuneOptions, TuneProgress, TuneResult } from './tuning/index.ts';
export type { Trial, TunedJob, TuneMode, Tuning, TuningStore } from './tuning/index.ts';

// The graph: data, text, meaning
export { ReparamError, Tensor, tensor, type ErrorCode } from '../ir/index.ts';
export { evaluate, graphStats, nominalDims, parse, printGraph } from '../ir/index.ts';
export { specialise, verify } from '../ir/index.ts';
export type { Constant, Dim, Graph, GraphStats, Node, NodeOf, Shape, Value } from '../ir/index.ts';

// Rules and pipelines of one's own, and the parts of ours
export { any, constant, fixpoint, op, oneOf, operandOf, optional } from '../passes/index.ts';
export { pass, pipeline, rule, runPasses, where, type Pass, type Rule } from '../passes/index.ts';
export { commonSubexpressions, deadCode, foldConstants } from '../passes/index.ts';
export { canonicalise, mergeBranches } from '../passes/index.ts';
export { materialiseWeights, rules } from '../passes/index.ts';
export { foldBn, fuseRelu, identityToConv } from '../passes/index.ts';
export { pad1x1To3x3, sumParallelConvs } from '../passes/index.ts';
export { Lazy, readRow, view, type View } from '../ir/index.ts';
