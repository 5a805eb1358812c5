/** What the runtime and the rest of the package use of code generation. */
export * from './lower.ts';
export { packings, type Packing, type PackingName } from './packing.ts';
export * from './plan.ts';
export * from './print.ts';
