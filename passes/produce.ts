/** immer without freezing: the model given to a pass shares its parts with the result, and is the user's. */
import { castDraft, Immer, type Draft } from 'immer';

export const produce: Immer['produce'] = new Immer({ autoFreeze: false }).produce;

/** A list without drafts in it, for a draft: immer would look for some in each node, were it not frozen. */
export const undrafted = <T>(list: readonly T[]): Draft<readonly T[]> =>
  castDraft(Object.freeze(list));
