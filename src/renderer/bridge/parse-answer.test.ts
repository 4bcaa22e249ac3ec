import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseAnswer } from './parse-answer.ts';

const context = { code: 'host/unreadable', what: 'the answer' };
const list = z.array(z.object({ id: z.int(), name: z.string().default('none') }));
const entries = (count: number): unknown[] => Array.from({ length: count }, (_, id) => ({ id, more: true }));

describe('an answer', () => {
  it.each([0, 1, 25, 26, 50, 1001])('of %i entries is what its schema makes of it', async (count) => {
    expect(await parseAnswer(list, entries(count), context)).toEqual(list.parse(entries(count)));
  });

  it('of another form than a list is parsed as it is', async () => {
    expect(await parseAnswer(z.null(), null, context)).toBeNull();
    await expect(parseAnswer(list, 'text', context)).rejects.toMatchObject({ code: 'host/unreadable' });
    await expect(parseAnswer(z.null(), entries(100), context)).rejects.toMatchObject({ code: 'host/unreadable' });
  });

  it('with an entry that does not fit is refused, and names its place', async () => {
    const broken = entries(400);
    broken[333] = { id: 'three' };
    await expect(parseAnswer(list, broken, context)).rejects.toMatchObject({
      code: 'host/unreadable',
      message: expect.stringContaining('333.id') as string,
    });
  });

  it('that is long leaves other work its turn', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const slow = z.array(
      z.custom<number>(() => {
        const begun = performance.now();
        while (performance.now() - begun < 0.5);
        return true;
      }),
    );
    await parseAnswer(slow, entries(200), context);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});
