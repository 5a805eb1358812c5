/** Networks by name, and the blocks they are made of. */
export { deployStateDict } from './deploy.ts';
export { mobileone, mobileoneBlock, squeezeExcite } from './mobileone.ts';
export type { MobileoneBlockOptions, MobileoneVariant } from './mobileone.ts';
export type { ZooOptions } from './options.ts';
export { repvgg, repvggBlock, type RepvggBlockOptions, type RepvggVariant } from './repvgg.ts';
export { zoo, zooNames, type ZooName } from './zoo.ts';
