/** Weights and graphs as bytes. Files are read and written by `node-files.ts`, which only Node can load. */
export { parseSafetensors, serialiseSafetensors, type Safetensors } from './safetensors.ts';
export { load, save } from './save.ts';
export { loadStateDict, stateDict, type StateDict } from './state-dict.ts';
