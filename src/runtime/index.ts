/** Running graphs on a GPU. */
export { device } from './default-device.ts';
export { openDevice, type Device, type DeviceInfo, type DeviceOptions } from './device.ts';
export { expectInputs, type Inputs } from './inputs.ts';
export { openSession, type SessionOptions } from './open-session.ts';
export type { DispatchProfile, Profile, ProfileOptions, Roofline } from './profile.ts';
export type { Session } from './session.ts';
