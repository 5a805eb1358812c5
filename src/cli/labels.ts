/** The largest scores of a classifier, with the names of the classes. */
import { isStatic, ReparamError, type Tensor } from '../../ir/index.ts';
import { readBytes } from '../formats/node-files.ts';

export interface Score {
  readonly index: number;
  readonly label?: string;
  readonly score: number;
}

/** One name a line; empty lines at the end do not count. Throws a `file` error. */
export async function readLabels(path: string): Promise<string[]> {
  const text = new TextDecoder().decode(await readBytes(path)).trimEnd();
  if (text !== '') return text.split(/\r?\n/).map((line) => line.trim());
  throw new ReparamError('file', `${path} has no labels; it has to have one a line`, path);
}

/** For each row of [N,classes] the largest scores, largest first; null for a tensor of another rank. */
export function topScores(
  { shape, data }: Tensor,
  top: number,
  labels: readonly string[] | undefined,
): Score[][] | null {
  if (shape.length !== 2 || !isStatic(shape)) return null;
  const [rows, classes] = shape as [number, number];
  if (labels && labels.length !== classes) {
    const message = `--labels has ${labels.length === 1 ? '1 name' : `${labels.length} names`}, but the model has ${classes} classes`;
    throw new ReparamError('input', message, '--labels');
  }
  return Array.from({ length: rows }, (_, row) => {
    const scores = Array.from(data.subarray(row * classes, (row + 1) * classes));
    return scores
      .map((score, index): Score => ({ index, ...(labels && { label: labels[index]! }), score }))
      .sort((a, b) => b.score - a.score)
      .slice(0, top);
  });
}
