/** `reparam/node`: files. Written whole or not at all; errors name them. */
export { readBytes, readSafetensors, writeBytes, writeSafetensors } from './formats/node-files.ts';
export { renderReport } from './report/index.ts';
export type { ReportFile, ReportInput, ReportStats } from './report/index.ts';
