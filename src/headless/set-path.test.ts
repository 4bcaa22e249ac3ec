import { describe, expect, it } from 'vitest';
import { assign } from '../contracts/spec-path.ts';
import { parseAssignment } from './set-path.ts';

const spec = { method: 'small-batch', model: { kind: 'convnet', widths: [8, 'pool'] }, steps: 10, lambda: 0.1 };
const changed = (text: string): unknown => parseAssignment(text).reduce(assign, spec);

describe('--set', () => {
  it.each([
    ['steps=20', { ...spec, steps: 20 }],
    ['method=RegLoss', { ...spec, method: 'RegLoss' }],
    ['model.widths=[4,"pool"]', { ...spec, model: { ...spec.model, widths: [4, 'pool'] } }],
    ['model.widths.0=4', { ...spec, model: { ...spec.model, widths: [4, 'pool'] } }],
    ['model={"kind":"mlp","widths":[]}', { ...spec, model: { kind: 'mlp', widths: [] } }],
    ['dataset.id=x=y', { ...spec, dataset: { id: 'x=y' } }],
    ['lambda.deep.er=1', 'spec/no-such-field'],
    ['name=a=b', { ...spec, name: 'a=b' }],
    ['steps.deep=1', 'spec/no-such-field'],
    ['model.widths.2=4', { ...spec, model: { ...spec.model, widths: [8, 'pool', 4] } }],
    ['model.widths.3=4', 'spec/no-such-field'],
    ['model.widths.first=4', 'spec/no-such-field'],
  ])('%s', (text, expected) => {
    if (typeof expected === 'string') expect(() => changed(text)).toThrow(expect.objectContaining({ code: expected }));
    else expect(changed(text)).toEqual(expected);
  });

  it('takes a field out with null', () => {
    expect(changed('lambda=null')).not.toHaveProperty('lambda');
  });

  it('changes nothing but the copy, and never a prototype', () => {
    const before = structuredClone(spec);
    changed('model.kind=mlp');
    expect(spec).toEqual(before);
    changed('__proto__.polluted=1');
    changed('model.constructor.prototype.polluted=1');
    changed('constructor=1');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it.each(['steps', '=1', '.steps=1', 'model..kind=1', ''])('refuses %s', (text) => {
    expect(() => parseAssignment(text)).toThrow(/Expected path=value/);
  });
});
