export { renderReport } from './render-report.ts';
export type { ReportFile, ReportInput, ReportStats } from './report-input.ts';
