/** `reparam bench`: a model as it is in the file beside its plain form, on the GPU. */
import type { Command } from 'commander';
import { compile } from '../../compile.ts';
import { openSession, type Device, type Session } from '../../runtime/index.ts';
import type { Graph } from '../../../ir/index.ts';
import { summarise, type Times } from '../../statistics.ts';
import { announce, describeAdapter, withDevice } from '../adapter.ts';
import { makeCommand, type Context } from '../answer.ts';
import { expectRunnable, openModel, type Shapes } from '../model-files.ts';
import { parseCount, shapeOption } from '../options.ts';
import { withProgress, type Say } from '../progress.ts';
import { atNominalSizes, printCount, statsOf } from '../stats.ts';
import { printTable } from '../table.ts';

const WARM_UP = 2;

export const benchCommand = ({ io, args, answer, exit }: Context): Command =>
  makeCommand('bench', 'time a model beside its plain form on the GPU, round by round', [
    'bench model.onnx',
    'bench model.onnx --rounds 50 --shape x=8x3x224x224',
    'bench model.onnx --json',
  ])
    .argument('<model>', 'an .onnx file, or a .safetensors file that reparam wrote')
    .option('--rounds <count>', 'runs of each form', parseCount(1), 20)
    .addOption(shapeOption())
    .addHelpText(
      'after',
      '\nIn each round both run once, from submission until the GPU is done; the first two rounds do not\n' +
        'count. Sizes that the file leaves open are a batch of 1 and 224 pixels.',
    )
    .action(async (path: string, { rounds, shape }: { rounds: number; shape: Shapes }) => {
      const file = await openModel(path, shape);
      expectRunnable(file);
      const training = atNominalSizes(file.graph);
      const forms = [training, compile(training).graph] as const;
      const measured = withDevice(args, async (device) => {
        announce(io, device);
        const times = await withProgress(io, async (say) => measure(forms, device, rounds, say));
        const [before, after] = forms.map((graph, i) => describeForm(graph, times[i]!)) as [
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
          ].join('\n'),
        });
      });
      exit(await measured);
    });

interface Form {
  readonly convs: number;
  readonly macs: number;
  /** Milliseconds. */
  readonly ms: Times;
}

async function measure(
  forms: readonly Graph[],
  device: Device,
  rounds: number,
  say: Say,
): Promise<number[][]> {
  say('compiling kernels');
  const sessions: Session[] = [];
  try {
    for (const graph of forms) sessions.push(await openSession(graph, { device }));
    const times = sessions.map((): number[] => []);
    for (let round = -WARM_UP; round < rounds; round++) {
      if (round >= 0) say(`round ${round + 1} of ${rounds}`);
      for (const [i, session] of sessions.entries()) {
        const ms = await session.measure();
        if (round >= 0) times[i]!.push(ms);
      }
    }
    return times;
  } finally {
    for (const session of sessions) session.close();
  }
}

function describeForm(graph: Graph, times: readonly number[]): Form {
  const { convs, macs } = statsOf(graph);
  return { convs, macs, ms: summarise(times) };
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
