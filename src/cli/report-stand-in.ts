/** A stand-in for src/report, which is written at the same time: what it will be given, and no page yet. */
import type { Graph } from '../../ir/index.ts';
import type { Event } from '../../passes/index.ts';
import type { Equivalence } from '../equivalence/index.ts';
import type { OpaqueNode } from '../formats/onnx/model.ts';
import type { Stats } from './stats.ts';

export interface ReportInput {
  readonly title: string;
  readonly files?: {
    readonly source?: { readonly name: string; readonly bytes?: number };
    readonly plain?: { readonly name: string; readonly bytes?: number };
  };
  readonly source: Graph;
  readonly plain: Graph;
  readonly log: readonly Event[];
  readonly opaque?: readonly OpaqueNode[];
  readonly before: Stats;
  readonly after: Stats;
  readonly equivalence?: Equivalence | undefined;
  readonly seconds: number;
}

export const renderReport = async ({ title }: ReportInput): Promise<string> =>
  `<!doctype html><title>${title.replaceAll('<', '&lt;')}</title>`;
