import { beforeEach, describe, expect, it } from 'vitest';
import { QuitGuard } from './quit-guard.ts';
import type { QuitChoice } from './quit-guard.ts';

describe('quitting', () => {
  let training: number;
  let paused: number;
  let choice: QuitChoice;
  let happened: string[];
  let shutDown: () => Promise<void>;
  let ended: Promise<void>;
  let guard: QuitGuard;

  beforeEach(() => {
    training = 0;
    paused = 0;
    choice = 'cancel';
    happened = [];
    shutDown = () => Promise.resolve();
    ended = new Promise((resolve) => {
      guard = new QuitGuard({
        unfinished: () => ({ training, paused }),
        ask: (runs) => {
          happened.push(`asked about ${String(runs.training)}`);
          return Promise.resolve(choice);
        },
        shutDown: () => {
          happened.push('shut down');
          return shutDown();
        },
        patience: 20,
        hideWindows: () => happened.push('hid'),
        quit: () => {
          happened.push('quit');
          resolve();
        },
      });
    });
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('asks nothing while nothing trains, closes first and then lets go', async () => {
    expect(guard.request()).toBe(false);
    await ended;
    expect(happened).toEqual(['shut down', 'quit']);
    expect(guard.request()).toBe(true);
  });

  it('stays when cancelled, and asks again the next time', async () => {
    training = 2;
    guard.request();
    await settle();
    guard.request();
    await settle();
    expect(happened).toEqual(['asked about 2', 'asked about 2']);
  });

  it('asks once however often it is told while the question is open', async () => {
    training = 1;
    expect([guard.request(), guard.request(), guard.request()]).toEqual([false, false, false]);
    await settle();
    expect(happened).toEqual(['asked about 1']);
  });

  it('stops the runs when told to', async () => {
    training = 1;
    choice = 'stop';
    guard.request();
    await ended;
    expect(happened).toEqual(['asked about 1', 'shut down', 'quit']);
  });

  it('keeps training without a window and ends with the last run', async () => {
    training = 2;
    choice = 'keep';
    guard.request();
    await settle();
    training = 1;
    guard.runEnded();
    await settle();
    expect(happened).toEqual(['asked about 2', 'hid']);
    training = 0;
    guard.runEnded();
    await ended;
    expect(happened).toEqual(['asked about 2', 'hid', 'shut down', 'quit']);
  });

  it('stays after the last run when its window was shown again', async () => {
    training = 1;
    choice = 'keep';
    guard.request();
    await settle();
    guard.windowShown();
    training = 0;
    guard.runEnded();
    await settle();
    expect(happened).toEqual(['asked about 1', 'hid']);
  });

  it('asks about runs that rest as well: they would be stopped', async () => {
    paused = 1;
    guard.request();
    await settle();
    expect(happened).toEqual(['asked about 0']);
  });

  it('ends without a question when the machine does, also while one is open', async () => {
    training = 1;
    guard.request();
    guard.endWithoutAsking();
    guard.endWithoutAsking();
    await ended;
    expect(happened).toEqual(['asked about 1', 'shut down', 'quit']);
    expect(guard.request()).toBe(true);
  });

  it.each([
    ['never ends', () => new Promise<void>(() => undefined)],
    ['fails', () => Promise.reject(new Error('disk full'))],
  ])('ends also when shutting down %s', async (_what, slow) => {
    shutDown = slow;
    guard.request();
    await ended;
    expect(guard.request()).toBe(true);
  });
});
