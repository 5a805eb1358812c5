/**
 * Networks in training form and in plain form, side by side on the GPU:
 *
 *     npm run demo                      a table for each network
 *     npm run -s demo -- --json         one JSON array
 *     npm run demo -- --model mobileone only this one; may be given several times
 */
import { parseArgs } from 'node:util';
import { compare, compile, device, graphStats, openSession } from '../src/index.ts';
import { randomiseStatistics, specialise, zoo } from '../src/index.ts';
import type { Graph, Session } from '../src/index.ts';
import { answers, images, labels, pytorchLogits, trained, trainedNetwork } from './fashion.ts';
import { printReport, type Form, type Report } from './report.ts';

/** At least MIN_ROUNDS, then more until there are MAX_ROUNDS or SECONDS have gone by. */
const MIN_ROUNDS = 3;
const MAX_ROUNDS = 9;
const SECONDS = 5;
const BATCH = 100;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Milliseconds of one run of each, in turn round by round, so that both see the same machine. */
async function interleave(sessions: readonly Session[]): Promise<number[]> {
  const times = sessions.map((): number[] => []);
  // Not counted: the driver compiles.
  for (const session of sessions) await session.measure();
  const start = performance.now();
  const isEnough = (rounds: number) =>
    rounds >= MAX_ROUNDS || (rounds >= MIN_ROUNDS && performance.now() - start > SECONDS * 1000);
  for (let rounds = 0; !isEnough(rounds); rounds++) {
    for (const [i, session] of sessions.entries()) times[i]!.push(await session.measure());
  }
  return times.map(median);
}

/** Logits of all the images by both forms, in batches, and how many answers differ. */
async function classify(forms: readonly [Graph, Graph], pixels: Float32Array) {
  const dims = { N: BATCH };
  const [training, plain] = [
    await openSession(forms[0], { dims }),
    await openSession(forms[1], { dims }),
  ];
  const logits: [number[], number[]] = [[], []];
  let differentAnswers = 0;
  const size = 28 * 28 * BATCH;
  for (let from = 0; from < pixels.length; from += size) {
    const difference = await compare(training, plain, { x: pixels.subarray(from, from + size) });
    const { expected, actual } = difference.outputs['logits']!;
    logits[0].push(...expected.data);
    logits[1].push(...actual.data);
    differentAnswers += difference.differentAnswers;
  }
  training.close();
  plain.close();
  return { logits: logits.map((values) => Float32Array.from(values)), differentAnswers };
}

/** Both forms of a network: what they are, and what they take at batch 1. */
async function measureForms(forms: readonly Graph[]): Promise<Form[]> {
  const sessions: Session[] = [];
  for (const graph of forms) sessions.push(await openSession(graph, { dims: { N: 1 } }));
  const times = await interleave(sessions);
  for (const session of sessions) session.close();
  return forms.map((graph, i) => {
    const { nodes, convs, params, macs } = graphStats(specialise(graph, { N: 1 }));
    const { dispatches, peakBytes } = sessions[i]!.plan;
    const ms = times[i]!;
    return { nodes, convs, params, macs, dispatches: dispatches.length, peakBytes, ms };
  });
}

const countRight = (given: readonly number[], right: Uint8Array): number =>
  given.filter((answer, i) => answer === right[i]).length;

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

async function reportTrained(name: (typeof trained)[number]): Promise<Report> {
  const network = await trainedNetwork(name);
  const plain = compile(network).graph;
  const [before, after] = await measureForms([network, plain]);
  const { logits, differentAnswers } = await classify([network, plain], await images());
  const [right, expected] = [await labels(), await pytorchLogits(name)];
  const [correctBefore, correctAfter] = logits.map((one) => countRight(answers(one), right));
  return {
    model: name,
    before: before!,
    after: after!,
    check: {
      correctBefore: correctBefore!,
      correctAfter: correctAfter!,
      differentAnswers,
      maxAbsDiffToPyTorch: Math.max(...logits.map((one) => largestDifference(one, expected))),
    },
  };
}

/** A network of the papers' size; its parameters are random. */
async function reportLarge(name: 'repvgg-a0' | 'mobileone-s0'): Promise<Report> {
  const network = randomiseStatistics(zoo[name]());
  const [before, after] = await measureForms([network, compile(network).graph]);
  return { model: name, before: before!, after: after!, check: null };
}

function readArguments() {
  const options = {
    json: { type: 'boolean', default: false },
    model: { type: 'string', multiple: true },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\nusage: npm run demo -- [--json] [--model NAME]...`);
    return process.exit(2);
  }
}

const values = readArguments();
const jobs: Readonly<Record<string, () => Promise<Report>>> = {
  ...Object.fromEntries(trained.map((name) => [name, async () => reportTrained(name)])),
  'repvgg-a0': async () => reportLarge('repvgg-a0'),
  'mobileone-s0': async () => reportLarge('mobileone-s0'),
};
const wanted = values.model ?? Object.keys(jobs);
const unknown = wanted.find((name) => !Object.hasOwn(jobs, name));
if (unknown !== undefined) {
  console.error(`there is no model ${unknown}; there are ${Object.keys(jobs).join(', ')}`);
  process.exit(2);
}

const info = await device();
const adapter = info.description || [info.vendor, info.architecture, info.device].join(' ');
const features = info.features.length > 0 ? info.features.join(', ') : 'no optional features';
console.error(`adapter: ${adapter}${info.software ? ' (software)' : ''}; ${features}`);

const reports: Report[] = [];
for (const name of wanted) {
  if (process.stderr.isTTY) console.error(`${name} …`);
  const report = await jobs[name]!();
  reports.push(report);
  if (!values.json) console.log(printReport(report));
}
if (values.json) console.log(JSON.stringify(reports.map(flatten), null, 2));

/** One flat object a network, for programs. */
function flatten({ model, before, after, check }: Report) {
  return {
    model,
    convsBefore: before.convs,
    convsAfter: after.convs,
    paramsBefore: before.params,
    paramsAfter: after.params,
    macsBefore: before.macs,
    macsAfter: after.macs,
    dispatchesBefore: before.dispatches,
    dispatchesAfter: after.dispatches,
    peakBytesBefore: before.peakBytes,
    peakBytesAfter: after.peakBytes,
    msBefore: before.ms,
    msAfter: after.ms,
    correctBefore: check?.correctBefore ?? null,
    correctAfter: check?.correctAfter ?? null,
    differentAnswers: check?.differentAnswers ?? null,
    maxAbsDiffToPyTorch: check?.maxAbsDiffToPyTorch ?? null,
  };
}
