import { describe, expect, it } from 'vitest';
import { highlight, linesOf, readSpecText, writeSpecText } from './spec-text.ts';

const order = ['method', 'model', 'batchSize', 'seed'];
const document = {
  seed: [1, 2, 3],
  extra: true,
  method: 'large-batch',
  model: { kind: 'convnet', widths: [8, 8, 'pool'] },
  batchSize: 500,
};

describe('a spec as text', () => {
  it('writes settings in the order of the schema, short values on one line', () => {
    expect(writeSpecText(document, order, 78)).toBe(
      [
        '{',
        '  "method": "large-batch",',
        '  "model": { "kind": "convnet", "widths": [8, 8, "pool"] },',
        '  "batchSize": 500,',
        '  "seed": [1, 2, 3],',
        '  "extra": true',
        '}',
      ].join('\n'),
    );
  });

  it('breaks what does not fit', () => {
    expect(writeSpecText({ model: document.model }, order, 40)).toBe(
      ['{', '  "model": {', '    "kind": "convnet",', '    "widths": [8, 8, "pool"]', '  }', '}'].join('\n'),
    );
  });

  it('reads what it wrote', () => {
    for (const width of [20, 78]) {
      expect(readSpecText(writeSpecText(document, order, width))).toEqual({ document });
    }
  });

  it.each([
    ['{\n  "steps": 1,,\n}', 1, 'A setting’s name in double quotes belongs here'],
    ['{\n  "steps": 1\n  "seed": 2\n}', 2, 'A comma belongs here'],
    ['{\n  "steps": 1', 1, 'A closing } belongs here'],
    ['{\n  "steps": one\n}', 1, 'This word is not JSON: texts stand in double quotes'],
    ['{} {}', 0, 'The spec has ended: nothing may follow'],
    ['[1]', 0, 'A spec is an object: it begins with { and ends with }'],
  ])('says where %j stops being a spec', (text, line, message) => {
    expect(readSpecText(text)).toMatchObject({ problems: [{ line, message }] });
  });

  it('finds the line of a setting, and of the parent of one that is missing', () => {
    const text = writeSpecText({ model: document.model, batchSize: 5 }, order, 40);
    expect(linesOf(text, [['batchSize'], ['model', 'widths', 1], ['model', 'batchNorm'], ['lambda']])).toEqual([
      5, 3, 1, 0,
    ]);
  });

  it('marks names and sweeps, and leaves no character out', () => {
    const text = writeSpecText({ batchSize: [100, 200], seed: 1 }, order, 78);
    const tokens = highlight(text, [['batchSize']]);
    expect(tokens.map(({ text: piece }) => piece).join('')).toBe(text);
    expect(tokens.filter(({ kind }) => kind === 'axis')).toEqual([{ text: '[100, 200]', kind: 'axis' }]);
    expect(tokens.filter(({ kind }) => kind === 'key').map(({ text: piece }) => piece)).toEqual([
      '"batchSize"',
      '"seed"',
    ]);
    expect(
      highlight('{ "a": oops', [])
        .map(({ text: piece }) => piece)
        .join(''),
    ).toBe('{ "a": oops');
  });
});
