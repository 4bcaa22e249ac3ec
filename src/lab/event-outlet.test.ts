import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiEvent, ApiEventName } from '../contracts/api.ts';
import { EventOutlet } from './event-outlet.ts';

let ready: boolean;
let heard: (readonly [name: ApiEventName | 'missed', event: unknown])[];
let outlet: EventOutlet;

beforeEach(() => {
  ready = true;
  heard = [];
  outlet = new EventOutlet({
    isReady: () => ready,
    send: (name, event) => heard.push([name, event]),
    sendMissed: () => heard.push(['missed', null]),
  });
});

const progress = (run: string, step: number): ApiEvent<'run.progress'> => ({
  run,
  step,
  steps: 10,
  seconds: step,
  stepsPerSecond: 1,
  remainingSeconds: null,
  underway: 0,
  evaluated: null,
});
const metrics = (run: string, steps: number[]): ApiEvent<'run.metrics'> => ({
  run,
  series: { 'train/loss': { steps, values: steps.map((step) => step / 2) } },
});
const catchUp = (): void => {
  ready = true;
  outlet.flush();
};

describe('events to a window that keeps up', () => {
  it('are handed over at once, each of them', () => {
    outlet.push('run.progress', progress('a', 1));
    outlet.push('run.progress', progress('a', 2));
    expect(heard).toEqual([
      ['run.progress', progress('a', 1)],
      ['run.progress', progress('a', 2)],
    ]);
  });
});

describe('events to a window that does not keep up', () => {
  beforeEach(() => {
    ready = false;
  });

  it('wait, and of those that tell the state of one thing only the newest', () => {
    for (const step of [1, 2, 3]) outlet.push('run.progress', progress('a', step));
    outlet.push('run.progress', progress('b', 9));
    expect(heard).toEqual([]);
    catchUp();
    expect(heard).toEqual([
      ['run.progress', progress('a', 3)],
      ['run.progress', progress('b', 9)],
    ]);
  });

  it('keep every point of the metrics, in order', () => {
    outlet.push('run.metrics', metrics('a', [1, 2]));
    outlet.push('run.metrics', metrics('b', [1]));
    outlet.push('run.metrics', { run: 'a', series: { 'train/loss': { steps: [3], values: [null] } } });
    catchUp();
    expect(heard).toEqual([
      ['run.metrics', metrics('b', [1])],
      ['run.metrics', { run: 'a', series: { 'train/loss': { steps: [1, 2, 3], values: [0.5, 1, null] } } }],
    ]);
  });

  it('come after what happened in between: a run that was removed and brought back is there', () => {
    outlet.push('sweep.removed', { sweep: 'a' });
    outlet.push('run.removed', { run: 'a' });
    outlet.push('sweep.removed', { sweep: 'a' });
    catchUp();
    expect(heard.map(([name]) => name)).toEqual(['run.removed', 'sweep.removed']);
  });

  it('go on waiting where the window falls behind again', () => {
    const stopping = new EventOutlet({
      isReady: () => ready,
      send: (name, event) => {
        heard.push([name, event]);
        ready = false;
      },
      sendMissed: () => undefined,
    });
    ready = false;
    for (const run of ['a', 'b']) stopping.push('run.removed', { run });
    ready = true;
    stopping.flush();
    expect(heard).toEqual([['run.removed', { run: 'a' }]]);
    expect(stopping.backlog.events).toBe(1);
  });

  it('take no more than a bounded memory: the window learns that it missed some, and hears on', () => {
    const steps = Array.from({ length: 1000 }, (_, index) => index);
    for (let batch = 0; batch < 1000; batch += 1) {
      outlet.push('run.metrics', metrics('a', steps));
      expect(outlet.backlog.points).toBeLessThanOrEqual(200_000);
    }
    for (let run = 0; run < 20_000; run += 1) outlet.push('run.removed', { run: String(run) });
    expect(outlet.backlog.events).toBeLessThanOrEqual(5000);
    outlet.push('run.removed', { run: 'last' });
    catchUp();
    expect(heard[0]).toEqual(['missed', null]);
    expect(heard.at(-1)).toEqual(['run.removed', { run: 'last' }]);
    heard = [];
    outlet.push('run.removed', { run: 'z' });
    expect(heard).toEqual([['run.removed', { run: 'z' }]]);
  });

  it('are forgotten when another page begins to listen', () => {
    outlet.push('run.removed', { run: 'a' });
    outlet.clear();
    catchUp();
    expect(heard).toEqual([]);
  });
});
