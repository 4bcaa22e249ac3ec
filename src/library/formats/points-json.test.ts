import { expect, it } from 'vitest';
import { jsonPieces } from './points-json.ts';

it('a document in pieces is the document as a whole, whatever series are called and whatever they hold', () => {
  const length = 10_000;
  const steps = Float64Array.from({ length }, (_, index) => 2 * index);
  const values = Float64Array.from({ length }, (_, index) => (index % 97 === 0 ? Number.NaN : 0.1 * index));
  const series = [
    { name: '__proto__', steps, values },
    { name: 'a "quoted"\nname', steps: new Float64Array(), values: new Float64Array() },
    { name: 'last', steps: Float64Array.of(1), values: Float64Array.of(-0.5) },
  ];
  const pieces = [...jsonPieces('run-1', series)];
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(100_000);
  const document = {
    run: 'run-1',
    series: Object.fromEntries(series.map((one) => [one.name, { steps: [...one.steps], values: [...one.values] }])),
  };
  expect(pieces.join('')).toBe(`${JSON.stringify(document)}\n`);
  expect([...jsonPieces('run-2', [])].join('')).toBe('{"run":"run-2","series":{}}\n');
});
