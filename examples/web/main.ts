/** A page that takes an ONNX file and gives a plain one: `npm run web`. */
import { openDevice, openOnnx, randomiseStatistics, ReparamError, zoo } from '../../src/index.ts';
import { writeOnnx, type Device, type Graph, type ZooName } from '../../src/index.ts';
import { optimise, type Outcome } from './optimise.ts';

/** A model by name, and how its plain form becomes a file. */
interface Model {
  readonly name: string;
  readonly graph: Graph;
  readonly write: (plain: Graph) => Uint8Array;
}

const find = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const [drop, file, status, result] = [
  find('drop'),
  find<HTMLInputElement>('file'),
  find('status'),
  find('result'),
];

/** Shows it, and lets the page be drawn before work goes on. */
async function say(text: string): Promise<void> {
  delete status.dataset['failed'];
  status.textContent = text;
  await new Promise((drawn) => setTimeout(drawn, 20));
}

let opened: Promise<Device> | undefined;
let busy = false;
/** What was asked for last while another model was under way. */
let queued: (() => Promise<Model> | Model) | undefined;

async function show(load: () => Promise<Model> | Model): Promise<void> {
  if (busy) {
    queued = load;
    return;
  }
  busy = true;
  result.replaceChildren();
  try {
    await say('reading');
    const model = await load();
    const device = await (opened ??= openDevice({ powerPreference: 'high-performance' }));
    const tune = find<HTMLInputElement>('tune').checked ? 'quick' : 'off';
    const outcome = await optimise(model.graph, { device, tune, say });
    result.append(...describe(model, outcome));
    await say(`${model.name} on ${describeAdapter(device)}`);
  } catch (error) {
    await forgetLost(error);
    status.textContent = error instanceof Error ? error.message : String(error);
    status.dataset['failed'] = '';
    if (!(error instanceof ReparamError)) throw error;
  } finally {
    busy = false;
    const next = queued;
    queued = undefined;
    if (next) void show(next);
  }
}

/** A device that is lost, or was refused, is asked for again. */
async function forgetLost(error: unknown): Promise<void> {
  const isRefused = await opened?.then(
    () => false,
    () => true,
  );
  const isLost = error instanceof ReparamError && error.code === 'device-lost';
  if (isRefused || isLost) opened = undefined;
}

const describeAdapter = ({ info }: Device) =>
  info.description || `${info.vendor} ${info.architecture}`.trim() || 'this GPU';

function describe({ name, write }: Model, outcome: Outcome): HTMLElement[] {
  const { training, plain, equivalence, difference, layers, refused } = outcome;
  const rows: [string, string, string][] = [
    ['one image', 'training form', 'plain form'],
    ['convolutions', `${training.stats.convs}`, `${plain.stats.convs}`],
    [
      'transposed convolutions',
      `${training.stats.transposedConvs}`,
      `${plain.stats.transposedConvs}`,
    ],
    ['BatchNorms', `${training.stats.batchNorms}`, `${plain.stats.batchNorms}`],
    ['parameters', millions(training.stats.params), millions(plain.stats.params)],
    ['multiply-adds', millions(training.stats.macs), millions(plain.stats.macs)],
    ['dispatches', `${training.dispatches}`, `${plain.dispatches}`],
    ['time of a run', `${training.ms.toFixed(2)} ms`, `${plain.ms.toFixed(2)} ms`],
  ];
  const faster = (training.ms / plain.ms).toFixed(2);
  const apart = difference.relativeError.toExponential(1);
  const kernels = layers.map(
    ({ what, kernel, us, gflops }) =>
      `${us.p25.toFixed(0).padStart(8)} µs ${gflops.toFixed(1).padStart(8)} GFLOP/s  ${what}  ${kernel}`,
  );
  return [
    paragraph(
      `Computes the same (${equivalence.method}), ${faster} times as fast. On the GPU, on noise, outputs differ by ${apart}.`,
    ),
    table(rows),
    equivalence.ok
      ? download(write(outcome.graph), name.replace(/(\.onnx)?$/, '.plain.onnx'))
      : paragraph(
          `There is no file, as it would not compute the same: off by ${equivalence.maxAbsError}.`,
        ),
    details('What was not merged, and why', refused || 'all that could be merged was'),
    details('Layer by layer', kernels.join('\n')),
  ];
}

const millions = (count: number) =>
  count < 1e5 ? count.toLocaleString('en') : `${(count / 1e6).toFixed(2)} M`;

function paragraph(text: string): HTMLElement {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}

function table(rows: readonly (readonly string[])[]): HTMLElement {
  const element = document.createElement('table');
  for (const cells of rows) {
    const row = element.insertRow();
    for (const [i, text] of cells.entries()) {
      const cell = document.createElement(i === 0 || cells === rows[0] ? 'th' : 'td');
      cell.textContent = text;
      row.append(cell);
    }
  }
  return element;
}

function download(bytes: Uint8Array, name: string): HTMLElement {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  link.download = name;
  link.textContent = `Download ${name} (${(bytes.length / 1e6).toFixed(1)} MB)`;
  return link;
}

function details(title: string, text: string): HTMLElement {
  const element = document.createElement('details');
  const [summary, body] = [document.createElement('summary'), document.createElement('pre')];
  summary.textContent = title;
  body.textContent = text;
  element.append(summary, body);
  return element;
}

async function readModel(chosen: File): Promise<Model> {
  const { name } = chosen;
  const model = openOnnx(await chosen.arrayBuffer(), { what: name });
  const [first] = model.opaque;
  if (first) {
    const names = model.opaque.map((node) => `"${node.name}"`).join(', ');
    throw new ReparamError(
      'file',
      `${name} cannot be run here, as ${first.op} is not supported (${names}: ${first.why}); the command ` +
        '`reparam optimize` rewrites what is around such nodes',
      first.name,
    );
  }
  return { name, graph: model.graph, write: (plain) => model.write(plain).model };
}

const ofZoo = (name: ZooName): Model => ({
  name,
  graph: randomiseStatistics(zoo[name]()),
  write: (plain) => writeOnnx(plain),
});

file.addEventListener('change', () => {
  const chosen = file.files?.[0];
  if (chosen) void show(() => readModel(chosen));
  file.value = '';
});
for (const name of ['mobileone-s0', 'repvgg-a0'] as const) {
  find(name).addEventListener('click', () => void show(() => ofZoo(name)));
}
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', type === 'dragenter' || type === 'dragover');
  });
}
document.addEventListener('drop', ({ dataTransfer }) => {
  const dropped = dataTransfer?.files[0];
  if (dropped) void show(() => readModel(dropped));
});
