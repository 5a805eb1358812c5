/** `reparam/node`: files. Written whole or not at all; errors name them. */
export { readBytes, readSafetensors, writeBytes, writeSafetensors } from './formats/node-files.ts';
export { renderReport } from './report/index.ts';
export type {
  FormProfile,
  ReportFile,
  ReportInput,
  ReportProfile,
  ReportStats,
} from './report/index.ts';
