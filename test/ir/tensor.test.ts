import { describe, expect, test } from 'vitest';
import {
  at,
  Lazy,
  materialise,
  readRow,
  rowLength,
  tensor,
  Tensor,
  toFloat64,
} from '../../ir/index.ts';
import { errorOf } from '../support/errors.ts';

/** Row i of a [3,2] is [i, i + 1/3]; counts its calls. */
function counted(dtype?: 'f32' | 'f64') {
  const rows: number[] = [];
  const lazy = new Lazy(
    [3, 2],
    (i, row) => {
      rows.push(i);
      row[0] = i;
      row[1] = i + 1 / 3;
    },
    dtype,
  );
  return { lazy, rows };
}

describe('a tensor', () => {
  test('has the dtype of its data', () => {
    expect(tensor([2], [1, 2]).dtype).toBe('f32');
    expect(new Tensor([2], new Float64Array(2)).dtype).toBe('f64');
    expect(new Tensor([], new Float32Array(1)).shape).toEqual([]);
  });

  test('is filled exactly', () => {
    expect(errorOf(() => tensor([2, 3], [1]))).toContain('1 elements do not fill the shape [2,3]');
  });
});

describe('a lazy constant', () => {
  test('is evaluated row by row, each row once, and rounded once', () => {
    const { lazy, rows } = counted();
    const data = materialise(lazy);
    expect(rows).toEqual([0, 1, 2]);
    expect(data.dtype).toBe('f32');
    expect([...data.data]).toEqual([0, 1 / 3, 1, 4 / 3, 2, 7 / 3].map(Math.fround));
  });

  test('keeps float64 where that is its dtype, and before rounding', () => {
    const exact = [0, 1 / 3, 1, 4 / 3, 2, 7 / 3];
    expect([...materialise(counted('f64').lazy).data]).toEqual(exact);
    expect([...toFloat64(counted().lazy)]).toEqual(exact);
  });

  test('of lazy parts rounds once, too', () => {
    const parts = [1, 2, 3].map((n) => new Lazy([1, 1], (_, row) => row.fill(n * 2 ** -25)));
    const sum = new Lazy([1, 1], (i, row) => {
      const part = new Float64Array(1);
      row[0] = 1;
      for (const p of parts) {
        readRow(p, i, part);
        row[0] += part[0]!;
      }
    });
    // Each part on its own would vanish beside 1 in float32.
    expect(materialise(sum).data[0]).toBe(Math.fround(1 + 6 * 2 ** -25));
    expect(materialise(sum).data[0]).not.toBe(1);
  });

  test('starts from zeros in every row, whoever reads it', () => {
    const adds = new Lazy([2, 2], (i, row) => {
      row[i]! += 1;
    });
    expect([...materialise(adds).data]).toEqual([1, 0, 0, 1]);
    const out = new Float64Array([7, 7, 7]);
    readRow(adds, 1, out);
    expect([...out]).toEqual([0, 1, 7]);
  });

  test('is given exactly one row to write to', () => {
    const lengths: number[] = [];
    const fills = new Lazy([2, 2], (_, row) => {
      lengths.push(row.length);
      row.fill(5);
    });
    const out = new Float64Array(4);
    readRow(fills, 0, out);
    materialise(fills);
    expect([...out]).toEqual([5, 5, 0, 0]);
    expect(lengths).toEqual([2, 2, 2]);
  });

  test('may be a vector or a scalar', () => {
    const vector = new Lazy([3], (i, row) => {
      row[0] = i * i;
    });
    expect([...materialise(vector).data]).toEqual([0, 1, 4]);
    expect([at(vector, 2), at(tensor([3], [5, 6, 7]), 2)]).toEqual([4, 7]);
    expect([...materialise(new Lazy([], (_, row) => row.fill(9))).data]).toEqual([9]);
  });
});

test('data that are there already are not copied', () => {
  const t = tensor([2], [1, 2]);
  expect(materialise(t)).toBe(t);
  expect([...toFloat64(t)]).toEqual([1, 2]);
  const out = new Float64Array(2);
  readRow(tensor([2, 2], [1, 2, 3, 4]), 1, out);
  expect([...out]).toEqual([3, 4]);
});

test('a row is all but the leading axis', () => {
  expect([[4, 3, 2], [4], []].map(rowLength)).toEqual([6, 1, 1]);
});
