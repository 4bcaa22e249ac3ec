/** Entry of the training process: one run a process. */
import process from 'node:process';
import { toErrorShape } from '../contracts/errors.ts';
import { runnerProtocolVersion, toRunner } from '../contracts/runner-protocol.ts';
import type { FromRunner, ToRunner } from '../contracts/runner-protocol.ts';
import { openLog } from './log-file.ts';
import { RunControl } from './run-control.ts';
import { TrainingRun } from './training-run.ts';
import { openTransport } from './transport.ts';

const heartbeatMilliseconds = 1000;
/** Longest life of this process after its host's, milliseconds. */
const orphanMilliseconds = 10_000;
const transport = openTransport();
const control = new RunControl();
const send = (message: FromRunner): void => transport.send(message);

let started = false;
let acknowledge: () => void = () => undefined;
const acknowledged = new Promise<void>((resolve) => {
  acknowledge = resolve;
});

async function run(start: Extract<ToRunner, { type: 'start' }>): Promise<void> {
  const log = openLog(start.folder);
  const training = new TrainingRun({ start, control, log, send });
  const fail = (error: unknown): void => {
    const shape = toErrorShape(error);
    log.write(`failed at step ${String(training.step)}: ${shape.code}: ${shape.message}`);
    send({ type: 'failed', error: shape, step: training.step });
  };
  // A rejection that nothing waits for must not leave a process that trains no more and says nothing.
  process.on('unhandledRejection', (error) => {
    fail(error);
    void acknowledged.then(() => process.exit(1));
  });
  try {
    send(await training.train());
  } catch (error) {
    fail(error);
  }
  // Leaving at once could lose the last message: wait until the host has read it, or is gone.
  await acknowledged;
  process.exit(0);
}

transport.onMessage((raw) => {
  const parsed = toRunner.safeParse(raw);
  if (!parsed.success) {
    send({
      type: 'failed',
      error: { code: 'runner/protocol', message: 'the host sent a message that is not of the protocol' },
      step: 0,
    });
    return;
  }
  const message = parsed.data;
  switch (message.type) {
    case 'start':
      if (!started) void run(message);
      started = true;
      break;
    case 'pause':
    case 'resume':
    case 'stop':
    case 'checkpoint':
      control[message.type]();
      break;
    case 'acknowledged':
      acknowledge();
      break;
  }
});

// Without its host a run could not be seen or stopped: finish the step, keep what was recorded, leave; and leave
// also where the step does not end. What was recorded is on disk within a second anyway.
transport.onClose(() => {
  control.stop();
  acknowledge();
  if (!started) process.exit(0);
  setTimeout(() => process.exit(1), orphanMilliseconds);
});

// Ctrl-C in a terminal reaches the whole process group; the host decides what it means for its runs.
process.on('SIGINT', () => undefined);

// Asked to end by someone else than the host, as at a shutdown: an orderly stop, so that nothing recorded is lost.
process.on('SIGTERM', () => {
  control.stop();
  if (!started) process.exit(0);
});

setInterval(() => send({ type: 'heartbeat' }), heartbeatMilliseconds);
send({ type: 'hello', version: runnerProtocolVersion, pid: process.pid });
