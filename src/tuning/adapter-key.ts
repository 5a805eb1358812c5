/** What measurements hold for. */
import type { Device } from '../runtime/device.ts';

/**
 * An adapter with its driver, as far as the system tells, and what kernels may use on it, as text to read.
 * Drivers have their version in the description, where they have one.
 */
export function adapterKey({ info, profile }: Pick<Device, 'info' | 'profile'>): string {
  const { vendor, architecture, device, description } = info;
  const names = [vendor, architecture, device, description].map((name) => name || '-');
  const { subgroupSize, subgroupMinSize } = profile;
  const least = subgroupMinSize === null ? 'any size' : `${subgroupMinSize} or more`;
  const subgroups = `subgroups of ${subgroupSize ?? least}`;
  return [...names, subgroups, profile.features.toSorted().join(' ') || '-'].join(' | ');
}
