/** immer without freezing: the model given to a pass shares its parts with the result, and is the user's. */
import { Immer } from 'immer';

export const produce: Immer['produce'] = new Immer({ autoFreeze: false }).produce;
