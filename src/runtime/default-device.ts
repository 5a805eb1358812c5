/** The device of sessions that were not given one: opened with the first, destroyed with the last. */
import { openDevice, type Device, type DeviceInfo } from './device.ts';

interface Shared {
  readonly opening: Promise<Device>;
  users: number;
}

let shared: Shared | null = null;

export interface BorrowedDevice {
  readonly device: Device;
  /** Gives it back; a second call does nothing. */
  readonly release: () => void;
}

export async function borrowDefaultDevice(): Promise<BorrowedDevice> {
  const mine = (shared ??= openShared());
  mine.users++;
  let held = true;
  const release = (device?: Device) => {
    if (!held) return;
    held = false;
    if (--mine.users > 0) return;
    forget(mine);
    device?.close();
  };
  try {
    const device = await mine.opening;
    return { device, release: () => release(device) };
  } catch (error) {
    release();
    throw error;
  }
}

function openShared(): Shared {
  const opening = openDevice();
  const opened: Shared = { opening, users: 0 };
  // After a loss, the next session finds a new device; those on the lost one keep it.
  opening.then(
    ({ gpu }) => gpu.lost.then(() => forget(opened)),
    () => forget(opened),
  );
  return opened;
}

function forget(one: Shared): void {
  if (shared === one) shared = null;
}

/**
 * What the default device is: vendor, features, limits, whether it is software. Opens and closes it
 * where no session is using it. Throws `no-adapter` where there is none.
 */
export async function device(): Promise<DeviceInfo> {
  const { device: opened, release } = await borrowDefaultDevice();
  release();
  return opened.info;
}
