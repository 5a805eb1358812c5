/** What the rest of the compiler uses of the IR. */
export * from './activation.ts';
export * from './build.ts';
export * from './cost.ts';
export * from './define-op.ts';
export * from './dim.ts';
export * from './errors.ts';
export * from './evaluate.ts';
export * from './graph.ts';
export * from './infer.ts';
export * from './parse.ts';
export * from './print.ts';
export * from './registry.ts';
export * from './specialise.ts';
export * from './tensor.ts';
export * from './verify.ts';
export * from './view.ts';
export * from './window.ts';
