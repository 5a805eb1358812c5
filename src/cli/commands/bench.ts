/** `reparam bench`: a model as it is in the file beside its plain form, on the GPU. */
import type { Command } from 'commander';
import { compile } from '../../compile.ts';
import {
  printLayers,
  printMethod,
  profileLayers,
  rooflineNote,
  type LayerProfile,
} from '../../profile/index.ts';
import { sampleInputs } from '../../equivalence/samples.ts';
import { openSession } from '../../runtime/index.ts';
import type { Inputs, Profile, Session, SessionOptions } from '../../runtime/index.ts';
import type { Graph } from '../../../ir/index.ts';
import type { Plan } from '../../../codegen/index.ts';
import { summarise, type Times } from '../../statistics.ts';
import { announce, describeAdapter, withDevice } from '../adapter.ts';
import { makeCommand, type Context } from '../answer.ts';
import { expectRunnable, openModel, type Shapes } from '../model-files.ts';
import { parseCount, shapeOption } from '../options.ts';
import {
  arithmeticOption,
  expectPrecision,
  measureHalf,
  precisionOption,
  printHalf,
  sessionPrecision,
  type HalfError,
  type NotCompared,
  type PrecisionOptions,
} from '../precision.ts';
import { withProgress, type Say } from '../progress.ts';
import { atNominalSizes, printConvs, printCount, statsOf } from '../stats.ts';
import {
  countMeasured,
  sessionTuning,
  tuneOption,
  tuningOption,
  withTuningWhereUseful,
  type Measured,
  type TuningOptions,
} from '../tuning.ts';
import { warnOfWeights } from '../warnings.ts';
import { printTable } from '../../table.ts';

const WARM_UP = 2;

export const benchCommand = ({ io, args, answer, exit }: Context): Command =>
  makeCommand('bench', 'time a model beside its plain form on the GPU, round by round', [
    'bench model.onnx',
    'bench model.onnx --rounds 50 --shape x=8x3x224x224',
    'bench model.onnx --profile',
    'bench model.onnx --tune quick',
    'bench model.onnx --precision f16',
    'bench model.onnx --json',
  ])
    .argument('<model>', 'an .onnx file, or a .safetensors file that reparam wrote')
    .option('--rounds <count>', 'runs of each form', parseCount(1), 20)
    .addOption(shapeOption())
    .addOption(tuneOption())
    .addOption(tuningOption())
    .option('--profile', 'what each layer takes, beside what the GPU can do at most')
    .addOption(precisionOption())
    .addOption(arithmeticOption())
    .addHelpText(
      'after',
      '\nIn each round both run once, from submission until the GPU is done; the first two rounds do not\n' +
        'count. The ratio, also that of --json, is of the 25th percentiles (p25), which other work on the machine\n' +
        'shifts less than medians. Sizes that the file leaves open are a batch of 1 and 224 pixels. With\n' +
        '--profile, both run as many rounds more, layer by layer. With --precision f16, the plain form runs\n' +
        'once more in each round, in float16, and is compared with itself in float32 on noise.',
    )
    .action(async (path: string, options: BenchOptions) => {
      const { rounds, shape, profile = false } = options;
      expectPrecision(options);
      const file = await openModel(path, shape);
      expectRunnable(file);
      const tuning = await sessionTuning(options, io);
      const training = atNominalSizes(file.graph);
      const plain = compile(training).graph;
      const done = withDevice(args, async (device) => {
        announce(io, device);
        const warnings = warnOfWeights(io, file);
        const precision = sessionPrecision(options, device, io);
        const isHalf = precision.precision === 'f16';
        const forms = await withProgress(io, async (say) => {
          const whole = { ...tuning(say), device };
          const half = { ...whole, ...precision };
          const asked = [
            { graph: training, opening: whole },
            { graph: plain, opening: whole },
            ...(isHalf ? [{ graph: plain, opening: half }] : []),
          ];
          return measure(withTuningWhereUseful(asked, device), { rounds, profile }, say);
        });
        const [before, after, float16] = forms as [Form, Form, Form | undefined];
        const named = [
          ['as it is', before],
          ['plain', after],
          ...(float16 ? [['plain, float16', float16] as const] : []),
        ] as const;
        const ratio = before.ms.p25 / after.ms.p25;
        const adapter = describeAdapter(device.info);
        const inputs = training.inputs.map(({ id, shape: sizes }) => ({ name: id, shape: sizes }));
        const sizes = inputs.map(({ name, shape: size }) => `${name} ${size.join('x')}`).join(', ');
        answer({
          json: {
            file: path,
            adapter,
            inputs,
            rounds,
            training: before,
            plain: after,
            ratio,
            warnings,
            ...(float16 && { float16 }),
          },
          text: [
            `${path} at ${sizes}, ${rounds} rounds, on ${adapter}`,
            '',
            printForms(named),
            '',
            `the plain form is ${ratio.toFixed(2)} times as fast (25th percentiles)`,
            ...printHalf(float16?.error ?? null),
            ...printProfiles(named),
          ].join('\n'),
        });
      });
      exit(await done);
    });

interface BenchOptions extends TuningOptions, PrecisionOptions {
  readonly rounds: number;
  readonly shape: Shapes;
  readonly profile?: boolean;
}

interface Form {
  readonly convs: number;
  readonly transposedConvs: number;
  readonly macs: number;
  /** Milliseconds. */
  readonly ms: Times;
  readonly tuning: Measured;
  readonly profile?: FormProfile;
  /** In float16, from float32. */
  readonly error?: HalfError | NotCompared;
}

/** What each layer takes. */
type FormProfile = Omit<Profile, 'dispatches'> & { readonly layers: readonly LayerProfile[] };

interface Asked {
  readonly graph: Graph;
  readonly opening: SessionOptions;
}

interface Timed {
  readonly plan: Plan;
  readonly times: number[];
  readonly profile: Profile | null;
  readonly error: HalfError | NotCompared | null;
}

async function measure(
  forms: readonly Asked[],
  { rounds, profile }: { readonly rounds: number; readonly profile: boolean },
  say: Say,
): Promise<Form[]> {
  say('compiling kernels');
  const sessions: Session[] = [];
  try {
    for (const { graph, opening } of forms) sessions.push(await openSession(graph, opening));
    const times = sessions.map((): number[] => []);
    for (let round = -WARM_UP; round < rounds; round++) {
      if (round >= 0) say(`round ${round + 1} of ${rounds}`);
      for (const [i, session] of sessions.entries()) {
        const ms = await session.measure();
        if (round >= 0) times[i]!.push(ms);
      }
    }
    const measured: Form[] = [];
    for (const [i, session] of sessions.entries()) {
      if (profile) say(`layers of form ${i + 1} of ${sessions.length}`);
      const layers = profile ? await session.profile(null, { rounds, roofline: true }) : null;
      const { graph, opening } = forms[i]!;
      const error = await measureHalf(graph, session, noiseFor(graph), opening);
      measured.push(
        describeForm(graph, { plan: session.plan, times: times[i]!, profile: layers, error }),
      );
    }
    return measured;
  } finally {
    for (const session of sessions) session.close();
  }
}

/** Inputs to compare on, always the same. */
const noiseFor = (graph: Graph): Inputs =>
  Object.fromEntries(
    [...sampleInputs(graph, 0, 1)].map(([id, data]) => [id, Float32Array.from(data)]),
  );

function describeForm(graph: Graph, { plan, times, profile, error }: Timed): Form {
  const { convs, transposedConvs, macs } = statsOf(graph);
  const tuning = countMeasured(plan);
  const ms = summarise(times);
  const form = { convs, transposedConvs, macs, ms, tuning, ...(error && { error }) };
  if (!profile) return form;
  const { clock, rounds, roofline } = profile;
  return { ...form, profile: { clock, rounds, roofline, layers: profileLayers(graph, profile) } };
}

function printProfiles(forms: readonly (readonly [string, Form])[]): string[] {
  const tables = forms.flatMap(([name, { ms, profile }]) =>
    profile
      ? [
          '',
          `${name}, layer by layer; the whole run took ${(1000 * ms.p25).toFixed(0)} µs (p25)`,
          printMethod(profile),
          printLayers(profile.layers),
        ]
      : [],
  );
  return tables.length > 0 ? [...tables, '', rooflineNote] : [];
}

function printForms(forms: readonly (readonly [string, Form])[]): string {
  const header = ['', 'convolutions', 'multiply-adds', 'min ms', 'p25 ms', 'median ms'];
  const rows = forms.map(([name, form]) => [
    name,
    printConvs(form, ''),
    printCount(form.macs),
    ...[form.ms.min, form.ms.p25, form.ms.median].map((time) => time.toFixed(3)),
  ]);
  return printTable([header, ...rows], ['left', 'right', 'right', 'right', 'right', 'right']);
}
