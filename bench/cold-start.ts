/** The first result of a process whose driver has never seen the kernels. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child.ts';
import { contestants, type Contestant } from './contestants.ts';
import type { Failure } from './measure.ts';
import type { Case, ModelStore } from './networks.ts';
import type { Loaded, ModelFile } from './protocol.ts';
import { summarise, type Times } from './statistics.ts';

const who = ['reparam', 'onnxruntime-web webgpu', 'onnxruntime-node webgpu'];

export interface ColdStart {
  readonly case: string;
  readonly contestant: string;
  /** From the bytes of the plain model, libraries loaded, to the first result. */
  readonly times: Times;
}

/** In turn, `rounds` times, each time in a new process. */
export async function measureColdStarts(
  cases: readonly Case[],
  rounds: number,
  { store, patience, say }: { store: ModelStore; patience: number; say: (text: string) => void },
): Promise<{ coldStarts: ColdStart[]; failed: Failure[] }> {
  const coldStarts: ColdStart[] = [];
  const failed: Failure[] = [];
  const entrants = contestants.filter(({ name }) => who.includes(name));
  for (const one of cases) {
    const model = await store.fileOf(one, 'plain', 1);
    const times = new Map<Contestant, number[]>(entrants.map((entrant) => [entrant, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [entrant, all] of times) {
        say(`cold start ${round + 1} of ${one.name} by ${entrant.name}`);
        try {
          all.push(await startCold(entrant, model, patience));
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          failed.push({ contestant: entrant.name, case: `${one.name}, cold`, batch: 1, reason });
          times.delete(entrant);
        }
      }
    }
    for (const [{ name }, all] of times) {
      coldStarts.push({ case: one.name, contestant: name, times: summarise(all) });
    }
  }
  return { coldStarts, failed };
}

async function startCold(
  contestant: Contestant,
  model: ModelFile,
  patience: number,
): Promise<number> {
  const empty = await mkdtemp(join(tmpdir(), 'reparam-cold-'));
  // Of Mesa (and its older name), of what follows the XDG convention, and of NVIDIA.
  const folders = [
    'MESA_SHADER_CACHE_DIR',
    'MESA_GLSL_CACHE_DIR',
    'XDG_CACHE_HOME',
    '__GL_SHADER_DISK_CACHE_PATH',
  ];
  const child = startChild(contestant, Object.fromEntries(folders.map((name) => [name, empty])));
  try {
    await child.ask({ do: 'start' }, patience);
    const { firstMs } = await child.ask<Loaded>({ do: 'load', ...model }, patience);
    return firstMs;
  } finally {
    child.end();
    await rm(empty, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
