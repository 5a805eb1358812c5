/** What the runtime and the rest of the package use of code generation. */
export { hash } from './hash.ts';
export type { Candidate, Emission, Job, Kernel, OfferedJob, Operand } from './kernel.ts';
export * from './lower.ts';
export { packings, type Packing, type PackingName } from './packing.ts';
export * from './plan.ts';
export * from './precision.ts';
export * from './print.ts';
export * from './tuned.ts';
