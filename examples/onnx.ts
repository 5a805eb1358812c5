/** A network that PyTorch exported in training form: read, compiled, run, and written as a plain ONNX file. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, graphStats, readOnnx, writeOnnx } from '../src/index.ts';
import { answers, images, labels } from './fashion.ts';

const file = new URL('../test/fixtures/onnx/repvgg-g2.train.onnx', import.meta.url);
const network = readOnnx(await readFile(file), { what: 'repvgg-g2.train.onnx' });
const plain = compile(network);
console.log('as exported', graphStats(network));
console.log('plain      ', graphStats(plain.graph));

const [input, output] = [network.inputs[0]!, network.outputs[0]!];
const batch = String(input.shape[0]);
const session = await plain.session({ [batch]: 8 });
const results = await session.run({ [input.id]: (await images()).subarray(0, 8 * 28 * 28) });
session.close();
console.log('answers', answers(results[output.name]!.data as Float32Array));
console.log('labels ', [...(await labels()).subarray(0, 8)]);

const folder = await mkdtemp(join(tmpdir(), 'reparam-'));
const bytes = writeOnnx(plain.graph);
await writeFile(join(folder, 'repvgg-g2.onnx'), bytes);
console.log(`wrote ${folder}/repvgg-g2.onnx, ${bytes.length} bytes`);
