/** Networks by name, and the blocks they are made of. */
export { deployStateDict } from './deploy.ts';
export { loadCheckpoint, type LoadCheckpointOptions } from './load-checkpoint.ts';
export { mobileone, mobileoneBlock, squeezeExcite } from './mobileone.ts';
export type { MobileoneBlockOptions, MobileoneVariant } from './mobileone.ts';
export type { ZooOptions } from './options.ts';
export { repvgg, repvggBlock, type RepvggBlockOptions, type RepvggVariant } from './repvgg.ts';
export { fromTimm } from './timm-names.ts';
export { zoo, zooNames, type ZooName } from './zoo.ts';
