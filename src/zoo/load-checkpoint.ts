/** A network of the zoo from a published checkpoint of any form. */
import type { Graph, Shape } from '../../ir/index.ts';
import { loadStateDict, parseWeights, type Bytes, type StateDict } from '../formats/index.ts';
import type { ZooOptions } from './options.ts';
import { fromTimm, hasTimmNames } from './timm-names.ts';
import { zoo, type ZooName } from './zoo.ts';

export interface LoadCheckpointOptions {
  /** Names the file in errors. */
  readonly what?: string;
  /** Where the state dict is in a PyTorch file that has several; see `parseCheckpoint`. */
  readonly entry?: string;
  /** The input's shape [N, C, H, W]; as in `ZooOptions`. */
  readonly input?: Shape;
}

/** Outputs of the classifier, if it is there. */
function classesIn(dict: StateDict): ZooOptions {
  const head = dict.get('linear.weight') ?? dict.get('head.weight');
  return head?.shape.length === 2 ? { classes: head.shape[0]! } : {};
}

const countFitting = (graph: Graph, dict: StateDict) =>
  [...dict.keys()].filter((name) => Object.hasOwn(graph.consts, name)).length;

/**
 * The network with the parameters of a file: PyTorch's (`.pth`, `.pt`, `.pth.tar`) or safetensors, with the
 * authors' names or timm's, of the form that is trained or the plain one. All that is told from the content,
 * and so is the number of classes.
 *
 * Throws a `file` error if the file cannot be read, see `parseCheckpoint` and `parseSafetensors`; a
 * `state-dict` error that lists what does not fit, for the form that more of the names belong to.
 */
export function loadCheckpoint(
  name: ZooName,
  file: Bytes,
  options: LoadCheckpointOptions = {},
): Graph {
  const { what = 'the checkpoint', entry, input } = options;
  const tensors = parseWeights(file, { what, ...(entry !== undefined && { entry }) });
  const dict = hasTimmNames(name, tensors) ? fromTimm(name, tensors, { what }) : tensors;
  const made: ZooOptions = { ...(input && { input }), ...classesIn(dict) };
  const [training, plain] = [zoo[name](made), zoo[name]({ ...made, deploy: true })];
  const deployed = countFitting(plain, dict) > countFitting(training, dict);
  return loadStateDict(deployed ? plain : training, dict, { what });
}
