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
import { openSession } from '../../runtime/index.ts';
import type { Profile, Session, SessionOptions } from '../../runtime/index.ts';
import type { Graph } from '../../../ir/index.ts';
import { summarise, type Times } from '../../statistics.ts';
import { announce, describeAdapter, withDevice } from '../adapter.ts';
import { makeCommand, type Context } from '../answer.ts';
import { expectRunnable, openModel, type Shapes } from '../model-files.ts';
import { parseCount, shapeOption } from '../options.ts';
import { withProgress, type Say } from '../progress.ts';
import { atNominalSizes, printCount, statsOf } from '../stats.ts';
import { sessionTuning, tuneOption, tuningOption, type TuningOptions } from '../tuning.ts';
import { printTable } from '../../table.ts';

const WARM_UP = 2;

export const benchCommand = ({ io, args, answer, exit }: Context): Command =>
  makeCommand('bench', 'time a model beside its plain form on the GPU, round by round', [
    'bench model.onnx',
    'bench model.onnx --rounds 50 --shape x=8x3x224x224',
    'bench model.onnx --profile',
    'bench model.onnx --tune quick',
    'bench model.onnx --json',
  ])
    .argument('<model>', 'an .onnx file, or a .safetensors file that reparam wrote')
    .option('--rounds <count>', 'runs of each form', parseCount(1), 20)
    .addOption(shapeOption())
    .addOption(tuneOption())
    .addOption(tuningOption())
    .option('--profile', 'what each layer takes, beside what the GPU can do at most')
    .addHelpText(
      'after',
      '\nIn each round both run once, from submission until the GPU is done; the first two rounds do not\n' +
        'count. Sizes that the file leaves open are a batch of 1 and 224 pixels. With --profile, both run as\n' +
        'many rounds more, layer by layer.',
    )
    .action(async (path: string, options: BenchOptions) => {
      const { rounds, shape, profile = false } = options;
      const file = await openModel(path, shape);
      expectRunnable(file);
      const tuning = await sessionTuning(options, io);
      const training = atNominalSizes(file.graph);
      const forms = [training, compile(training).graph] as const;
      const done = withDevice(args, async (device) => {
        announce(io, device);
        const measured = await withProgress(io, async (say) =>
          measure(forms, { ...tuning(say), device }, { rounds, profile }, say),
        );
        const [before, after] = forms.map((graph, i) => describeForm(graph, measured[i]!)) as [
          Form,
          Form,
        ];
        const ratio = before.ms.median / after.ms.median;
        const adapter = describeAdapter(device.info);
        const inputs = training.inputs.map(({ id, shape: sizes }) => ({ name: id, shape: sizes }));
        const sizes = inputs.map(({ name, shape: size }) => `${name} ${size.join('x')}`).join(', ');
        answer({
          json: { file: path, adapter, inputs, rounds, training: before, plain: after, ratio },
          text: [
            `${path} at ${sizes}, ${rounds} rounds, on ${adapter}`,
            '',
            printForms([
              ['as it is', before],
              ['plain', after],
            ]),
            '',
            `the plain form is ${ratio.toFixed(2)} times as fast (medians)`,
            ...printProfiles([
              ['as it is', before],
              ['plain', after],
            ]),
          ].join('\n'),
        });
      });
      exit(await done);
    });

interface BenchOptions extends TuningOptions {
  readonly rounds: number;
  readonly shape: Shapes;
  readonly profile?: boolean;
}

interface Form {
  readonly convs: number;
  readonly macs: number;
  /** Milliseconds. */
  readonly ms: Times;
  readonly profile?: FormProfile;
}

/** What each layer takes. */
type FormProfile = Omit<Profile, 'dispatches'> & { readonly layers: readonly LayerProfile[] };

interface Measured {
  readonly times: number[];
  readonly profile: Profile | null;
}

async function measure(
  forms: readonly Graph[],
  opening: SessionOptions,
  { rounds, profile }: { readonly rounds: number; readonly profile: boolean },
  say: Say,
): Promise<Measured[]> {
  say('compiling kernels');
  const sessions: Session[] = [];
  try {
    for (const graph of forms) sessions.push(await openSession(graph, opening));
    const times = sessions.map((): number[] => []);
    for (let round = -WARM_UP; round < rounds; round++) {
      if (round >= 0) say(`round ${round + 1} of ${rounds}`);
      for (const [i, session] of sessions.entries()) {
        const ms = await session.measure();
        if (round >= 0) times[i]!.push(ms);
      }
    }
    const measured: Measured[] = [];
    for (const [i, session] of sessions.entries()) {
      if (profile) say(`layers of form ${i + 1} of ${sessions.length}`);
      const layers = profile ? await session.profile(null, { rounds, roofline: true }) : null;
      measured.push({ times: times[i]!, profile: layers });
    }
    return measured;
  } finally {
    for (const session of sessions) session.close();
  }
}

function describeForm(graph: Graph, { times, profile }: Measured): Form {
  const { convs, macs } = statsOf(graph);
  const form = { convs, macs, ms: summarise(times) };
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
  const rows = forms.map(([name, { convs, macs, ms }]) => [
    name,
    printCount(convs),
    printCount(macs),
    ...[ms.min, ms.p25, ms.median].map((time) => time.toFixed(3)),
  ]);
  return printTable([header, ...rows], ['left', 'right', 'right', 'right', 'right', 'right']);
}
