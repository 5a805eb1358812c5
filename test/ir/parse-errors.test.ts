import { expect, test } from 'vitest';
import { parse, ReparamError, tensor, type WeightSource } from '../../ir/index.ts';
import { randomWeights } from '../support/random-weights.ts';

function errorOf(text: string, weights: WeightSource | undefined = randomWeights()): ReparamError {
  try {
    parse(text, weights);
  } catch (error) {
    if (error instanceof ReparamError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

/** Line 2 of an otherwise sound graph of x [1,2,3,3] and w [4,2,1,1]. */
const withLine = (line: string) =>
  `graph g(%x: f32[1,2,3,3]) {\n${line}\nconst %w : f32[4,2,1,1]\nreturn %x\n}`;

test.each([
  ['%y = relu %x : f32[1,2,3,4]', 'declared f32[1,2,3,4], inferred f32[1,2,3,3]'],
  ['%y = relu %x : f64[1,2,3,3]', 'declared f64[1,2,3,3], inferred f32[1,2,3,3]'],
  ['%y = relu %x : f32[N,2,3,3]', 'declared f32[N,2,3,3], inferred f32[1,2,3,3]'],
  ['%y = relu %x : i8[1]', 'there is no dtype i8; there are f32, f64'],
  ['%y = relu %x : f32', 'expected a shape before the end of the line'],
  ['%y = relu %x : f32[1,,2]', '"" is not a size'],
  ['%y = relu %x : f32[0]', '"0" is not a size'],
  ['%y = relu %x : f32[-1]', '"-1" is not a size'],
  ['%y = relu %x : f32[two words]', '"two words" is not a size'],
  ['%y = relu %x : f32[H+0]', '"H+0" is not a size'],
  ['%y = rleu %x', 'there is no op rleu'],
  ['%y = toString %x', 'there is no op toString'],
  ['%y = relu', 'expected % before the end of the line'],
  ['%y = relu %x,', 'expected % before the end of the line'],
  ['%y = relu %x %x', 'did not expect "%x"'],
  ['%y = relu %x, %x', 'relu "y": takes 1 operands, not 2'],
  ['%y = relu _', 'relu "y": the operand x is absent'],
  ['%y = sum %x, _', 'sum "y": the operand x[1] is absent'],
  ['%y = relu %z', '%z is not defined above'],
  ['%y = relu %y', '%y is not defined above'],
  ['%y = relu %w', '%w is not defined above'],
  ['%y = relu %constructor', '%constructor is not defined above'],
  ['%x = relu %x', '%x is defined twice'],
  ['const %x : f32[1]', '%x is defined twice'],
  ['const %c : f32[N]', '%c has the symbolic shape [N]'],
  ['const %c', 'expected : before the end of the line'],
  ['%y = relu %x {alpha=1}', 'relu has no attribute alpha'],
  ['%y = relu %x {__proto__=1}', 'relu has no attribute __proto__'],
  ['%y = relu %x {constructor=1}', 'relu has no attribute constructor'],
  ['%y = clip %x {min=1, min=2}', 'min is given twice'],
  ['%y = clip %x {min=1,}', 'expected an attribute\'s name before "}"'],
  ['%y = clip %x {min}', 'expected = before "}"'],
  ['%y = clip %x {min=}', 'expected a value before "}"'],
  ['%y = clip %x {min=nan}', 'expected a value before "nan}"'],
  ['%y = clip %x {min=1.2.3}', 'cannot read 1.2.3'],
  ['%y = clip %x {min=1 max=2}', 'expected , before "max=2}"'],
  ['%y = clip %x {min="1"}', 'clip "y": min="1" must be a number'],
  ['%y = clip %x {min=[1]}', 'clip "y": min=[1] must be a number'],
  ['%y = clip %x {min=1', 'expected , before the end of the line'],
  [
    '%y = softmax %x {axis=4}',
    'softmax "y": axis=4 is outside of x [1,2,3,3], which has 4 dimensions',
  ],
  ['%"a\\x" = relu %x', 'cannot read "a\\x"'],
  ['%"a = relu %x', 'expected a name before "\\"a = relu %x"'],
  ['% = relu %x', 'expected a name before "= relu %x"'],
  ['relu %x', 'expected % before "relu %x"'],
  ['return', 'expected % before "return"'],
  ['return x', 'expected =% before the end of the line'],
])('%s: %s', (line, message) => {
  const error = errorOf(withLine(line));
  expect(error.message).toBe(`line 2: ${message}`);
  expect(error.code).toBe('parse');
});

test('a shape that does not fit names the layer and both shapes', () => {
  const text =
    'graph g(%x: f32[1,3,8,8]) {\nconst %w : f32[4,5,3,3]\n\n%c = conv2d %x, %w\nreturn %c\n}';
  expect(errorOf(text).message).toBe(
    'line 4: conv2d "c": x [1,3,8,8] has 3 channels, but w [4,5,3,3] with group=1 takes 5',
  );
});

const sound = 'graph g(%x: f32[1]) {\n  %y = relu %x : f32[1]\n  return %y\n}';

test('truncated text is refused wherever it ends', () => {
  expect(() => parse(sound)).not.toThrow();
  for (let end = 0; end < sound.length; end++) {
    const error = errorOf(sound.slice(0, end));
    expect(error.code).toBe('parse');
    expect(error.message).toMatch(/^line [1-4]: /);
  }
  expect(errorOf(sound.slice(0, -1)).message).toBe('line 4: the text ends before return and }');
  expect(errorOf('').message).toBe('line 1: expected graph before the end of the line');
});

test('nothing may follow', () => {
  expect(errorOf(`${sound}\n\n}`).message).toBe('line 6: did not expect anything after }');
  expect(errorOf(sound.replace('return %y', 'return %y\n%z = relu %y')).message).toBe(
    'line 4: expected } before "%z = relu %y"',
  );
  expect(errorOf(sound.replace('}', '} }')).message).toBe('line 4: did not expect "}"');
});

test('errors of the first line', () => {
  const of = (inputs: string) => errorOf(sound.replace('%x: f32[1]', inputs)).message;
  expect(of('%x: f32[1], %x: f32[2]')).toBe('line 1: %x is defined twice');
  expect(of('%x: f32[1] %z: f32[1]')).toBe('line 1: expected , before "%z: f32[1]) {"');
  expect(of('%x')).toBe('line 1: expected : before ") {"');
});

test('weights that are missing or of another type', () => {
  const text = sound.replace('  %y', '  const %w : f32[2,3]\n  %y');
  expect(() => parse(text)).toThrow('no data for the constant %w; pass a source of weights');
  expect(errorOf(text, () => tensor([3, 2], [1, 2, 3, 4, 5, 6])).message).toBe(
    'line 2: %w: declared f32[2,3], the data are f32[3,2]',
  );
});
