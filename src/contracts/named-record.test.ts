import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { namedRecord, valueOf } from './named-record.ts';

const figures = namedRecord(z.number());

describe('a record of names from outside', () => {
  it('keeps every name, also those that every object has', () => {
    const text = '{"__proto__":1,"constructor":2,"toString":3,"loss":4}';
    const parsed = figures.parse(JSON.parse(text));
    expect(JSON.stringify(parsed)).toBe(text);
    expect(['__proto__', 'constructor', 'loss'].map((name) => valueOf(parsed, name))).toEqual([1, 2, 4]);
    expect(['__proto__', 'constructor'].map((name) => valueOf(figures.parse({}), name))).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('says which of its values does not fit', () => {
    const { error } = figures.safeParse({ loss: 'low' });
    expect(error?.issues).toMatchObject([{ path: ['loss'], code: 'invalid_type' }]);
    for (const value of [null, 1, 'text', []]) expect(figures.safeParse(value).success).toBe(false);
  });
});
