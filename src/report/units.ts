/** Figures as people read them, with units. */

const scaled =
  (step: number, units: readonly string[]) =>
  (value: number): string => {
    let unit = 0;
    let rest = value;
    while (rest >= step && unit < units.length - 1) {
      rest /= step;
      unit++;
    }
    const digits = unit === 0 || rest >= 100 ? 0 : rest >= 10 ? 1 : 2;
    const text = rest.toFixed(digits);
    return units[unit] === '' ? text : `${text} ${units[unit]}`;
  };

export const printBytes = scaled(1000, ['B', 'kB', 'MB', 'GB', 'TB']);
/** Multiply-adds. */
export const printMacs = scaled(1000, ['MAC', 'kMAC', 'MMAC', 'GMAC', 'TMAC']);
/** Learned elements. */
export const printParams = scaled(1000, ['', 'k', 'M', 'G']);
/** From microseconds. */
export const printTime = (us: number): string =>
  us < 1000 ? `${us.toPrecision(3)} µs` : `${(us / 1000).toPrecision(3)} ms`;
export const printCount = (n: number): string => n.toLocaleString('en-US');
export const printSeconds = (s: number): string => `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
/** `1.2e-6`, and `0` for none. */
export function printError(x: number): string {
  if (!Number.isFinite(x)) return 'infinite';
  return x === 0 ? '0' : x.toExponential(1);
}

/** How many times less, `2.9× fewer`; undefined where that says nothing. `less` is the word for it. */
export function printFactor(
  before: number,
  after: number,
  less: 'less' | 'fewer' = 'fewer',
): string | undefined {
  if (!(before > 0) || !(after > 0) || before === after) return undefined;
  const ratio = Math.max(before, after) / Math.min(before, after);
  if (ratio < 1.005) return undefined;
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}× ${before > after ? less : 'more'}`;
}

/** `1 node`, `2 nodes`. */
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${printCount(n)} ${n === 1 ? one : many}`;
