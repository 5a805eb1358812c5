/** What a sweep has met: candidates run, and kernels that the device cannot run. */
import { defaultProfile, type DeviceProfile, type Precision } from '../../codegen/index.ts';
import { kernels, pairKernels } from '../../codegen/kernels/index.ts';
import { opNames, type Graph } from '../../ir/index.ts';
import { offersOf, type Offer } from './candidates.ts';
import { halfLowering } from './halves.ts';

/** One way to do a job. */
export interface Candidate {
  readonly kernel: string;
  readonly label: string;
}

/** As `lower` takes it. */
export const nameOf = ({ kernel, label }: Candidate): string =>
  label ? `${kernel} ${label}` : kernel;

/** A candidate, and how it fared. */
export interface Finding extends Candidate {
  readonly cases: number;
  /** The greatest error, in units of what is allowed. */
  readonly worst: number;
}

export interface Record {
  /** What the device's kernels say to a graph. What they offer ought to be run, unless it is only sampled. */
  readonly meet: (graph: Graph, isSampled?: boolean) => readonly Offer[];
  /** A candidate was run on a graph of a family, and is off by so many times what is allowed. */
  readonly ran: (candidate: Candidate, off: number, family: string) => void;
  /** Those in which some candidate of the kernel has run. */
  readonly familiesOf: (kernel: string) => readonly string[];
  readonly hasRun: (candidate: Candidate) => boolean;
  readonly findings: () => Finding[];
  /** Kernels that never ran because the device cannot run them: other devices can, on the same graphs. */
  readonly refused: () => { kernel: string; reason: string }[];
  /** Kernels that were there to be run, but never were. */
  readonly unmetKernels: () => string[];
  /** Those, and candidates of others that were offered and not run. */
  readonly unmet: () => string[];
}

/** A device for each class that kernels distinguish. */
const otherDevices: readonly DeviceProfile[] = [
  defaultProfile,
  ...[4, 8, 16, 32, 64].map((subgroupSize) => ({
    ...defaultProfile,
    features: ['subgroups', 'shader-f16'],
    subgroupSize,
    subgroupMinSize: subgroupSize,
  })),
];

const kernelNames = [
  ...new Set([
    ...opNames.flatMap((op) => {
      const offered = kernels[op];
      return offered === 'alias' ? [] : offered.map(({ name }) => name);
    }),
    ...pairKernels.map(({ name }) => name),
  ]),
];

/** With a name, of this kernel alone. */
export function makeRecord(device: DeviceProfile, only?: string, type: Precision = 'f32'): Record {
  const names = kernelNames.filter((name) => only === undefined || name === only);
  if (names.length === 0) throw new Error(`there is no kernel ${only}; ${kernelNames.join(', ')}`);
  const offered = new Map<string, Candidate>();
  const findings = new Map<string, Finding>();
  const refusals = new Map<string, string>();
  const families = new Map<string, Set<string>>();
  const hasRun = (kernel: string) => families.has(kernel);
  const unmetKernels = () => names.filter((name) => !hasRun(name) && !refusals.has(name));
  return {
    meet(graph, isSampled = false) {
      const loweringFor = (kernel: string) => (type === 'f16' ? halfLowering(graph, kernel) : {});
      const offers = offersOf(graph, device, loweringFor).filter(({ kernel }) =>
        names.includes(kernel),
      );
      for (const { kernel, labels, refusal } of offers) {
        const ought = isSampled ? [] : labels.map((label) => ({ kernel, label }));
        for (const candidate of ought) offered.set(nameOf(candidate), candidate);
        if (refusal === null || refusals.has(kernel)) continue;
        const isDevice = otherDevices.some((other) =>
          offersOf(graph, other, loweringFor).some(
            (offer) => offer.kernel === kernel && !offer.refusal,
          ),
        );
        if (isDevice) refusals.set(kernel, refusal);
      }
      return offers;
    },
    ran(candidate, off, family) {
      const name = nameOf(candidate);
      const { cases, worst } = findings.get(name) ?? { cases: 0, worst: 0 };
      const { kernel, label } = candidate;
      families.set(kernel, (families.get(kernel) ?? new Set()).add(family));
      findings.set(name, { kernel, label, cases: cases + 1, worst: Math.max(worst, off) });
    },
    familiesOf: (kernel) => [...(families.get(kernel) ?? [])],
    hasRun: (candidate) => findings.has(nameOf(candidate)),
    findings: () =>
      [...findings.values()].sort(
        (a, b) => names.indexOf(a.kernel) - names.indexOf(b.kernel) || compare(a.label, b.label),
      ),
    refused: () =>
      [...refusals].flatMap(([kernel, reason]) => (hasRun(kernel) ? [] : [{ kernel, reason }])),
    unmetKernels,
    unmet: () => [
      ...unmetKernels(),
      ...[...offered.values()]
        .filter(({ kernel }) => hasRun(kernel))
        .map(nameOf)
        .filter((name) => !findings.has(name)),
    ],
  };
}

/** Numbers in labels by their size. */
const compare = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
