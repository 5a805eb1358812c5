/** MobileOne trained on Fashion-MNIST: from 44 convolutions to 13, the weights saved for deployment. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, deployStateDict, graphStats, load, save } from '../src/index.ts';
import { serialiseSafetensors } from '../src/index.ts';
import { answers, images, labels, trainedNetwork } from './fashion.ts';

const network = await trainedNetwork('mobileone');
const plain = compile(network);
console.log('training form', graphStats(network));
console.log('plain form   ', graphStats(plain.graph));

const session = await plain.session({ N: 8 });
const { logits } = await session.run({ x: (await images()).subarray(0, 8 * 28 * 28) });
session.close();
console.log('answers', answers(logits!.data as Float32Array));
console.log('labels ', [...(await labels()).subarray(0, 8)]);

// The graph with its weights, and the weights alone under the names of the authors' deploy form.
const folder = await mkdtemp(join(tmpdir(), 'reparam-'));
const bytes = save(plain.graph);
await writeFile(join(folder, 'mobileone.graph.safetensors'), bytes);
const weights = serialiseSafetensors(deployStateDict('mobileone', plain.graph));
await writeFile(join(folder, 'mobileone.deploy.safetensors'), weights);
console.log(`saved in ${folder}; the graph read back has ${load(bytes).nodes.length} nodes`);
