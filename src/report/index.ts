export { renderReport } from './render-report.ts';
export type {
  FormProfile,
  ReportFile,
  ReportInput,
  ReportProfile,
  ReportStats,
} from './report-input.ts';
