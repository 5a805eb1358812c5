/** What the layers of a model take on a GPU. */
export { profileLayers, type LayerProfile } from './layer-profile.ts';
export { printLayers, printMethod, rooflineNote } from './print-profile.ts';
