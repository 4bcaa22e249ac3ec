import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine } from '../../test/command-line.ts';
import { replayStopDocument, runDocument } from '../contracts/command-documents.ts';

const commands = new CommandLine();
let run = '';
beforeAll(async () => {
  const spec = commands.spec({ steps: 200, logEvery: 2, evaluateEvery: 2 });
  const { runs } = await commands.json(runDocument, 'run', '--spec', spec);
  run = String(runs[0]?.run);
});
afterAll(() => commands.dispose());

describe('replay-stop', () => {
  it('says for each finished run when the rule would have ended it, what that saves and what it loses', async () => {
    const { rule, runs } = await commands.json(replayStopDocument, 'replay-stop', '--plateau', '3,0.01');
    expect(rule).toEqual({ plateau: { evaluations: 3, gain: 0.01 } });
    expect(runs).toHaveLength(1);
    const [replay] = runs;
    expect(replay).toMatchObject({ run, steps: 200, reason: expect.stringContaining('3 evaluations') as string });
    expect(replay?.stopsAt).toBeLessThan(200);
    expect(replay?.stepsSaved).toBe(200 - Number(replay?.stopsAt));
    expect(replay?.accuracyLost).toBeCloseTo(Number(replay?.best) - Number(replay?.bestAtStop), 10);
    expect(replay?.secondsSaved).toBeGreaterThan(0);
  });

  it('says that a rule would have ended nothing, and refuses none and a wrong one', async () => {
    const { runs } = await commands.json(replayStopDocument, 'replay-stop', run, '--loss-above', '1000000');
    expect(runs[0]).toMatchObject({ stopsAt: null, stepsSaved: 0, secondsSaved: 0, accuracyLost: 0 });
    const nothing = await commands.run('replay-stop', '--library', commands.library);
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringMatching(/^usage\/missing-option/) as string });
    const wrong = await commands.run('replay-stop', '--accuracy-reached', '80', '--library', commands.library);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/^stop-rule\/invalid/) as string });
  });
});
