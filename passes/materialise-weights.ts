/** The last step: every weight is evaluated in float64, rounded once to its dtype, and lets its parts go. */
import { castDraft } from 'immer';
import { Lazy, materialise, type Graph } from '../ir/index.ts';
import { pass } from './pass.ts';
import { produce } from './produce.ts';

export const materialiseWeights = pass('materialise-weights', (graph: Graph) =>
  produce(graph, (draft) => {
    for (const [id, constant] of Object.entries(graph.consts)) {
      if (constant instanceof Lazy) draft.consts[id] = castDraft(materialise(constant));
    }
  }),
);
