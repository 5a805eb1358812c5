import { expect, it } from 'vitest';
import { plural, printBytes, printError, printFactor } from '../../src/report/units.ts';
import { printMacs, printParams, printTime } from '../../src/report/units.ts';

it('prints figures with three digits and their unit', () => {
  expect([0, 999, 1000, 1536, 10 * 10 ** 6].map(printBytes)).toEqual([
    '0 B',
    '999 B',
    '1.00 kB',
    '1.54 kB',
    '10.0 MB',
  ]);
  expect([12, 992_960, 1_051_234_567].map(printMacs)).toEqual(['12 MAC', '993 kMAC', '1.05 GMAC']);
  expect([999, 74_154].map(printParams)).toEqual(['999', '74.2 k']);
  expect([12.345, 1234].map(printTime)).toEqual(['12.3 µs', '1.23 ms']);
  expect([0, 3.2e-6, Infinity, NaN].map(printError)).toEqual([
    '0',
    '3.2e-6',
    'infinite',
    'infinite',
  ]);
});

it('says how much less something is, where it is', () => {
  expect(printFactor(44, 13)).toBe('3.38× fewer');
  expect(printFactor(2, 4, 'less')).toBe('2.00× more');
  expect([printFactor(5, 5), printFactor(0, 5), printFactor(1000, 999)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('counts', () => {
  expect([plural(1, 'node'), plural(1200, 'node')]).toEqual(['1 node', '1,200 nodes']);
});
