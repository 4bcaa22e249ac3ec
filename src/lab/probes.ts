import type { DevicesReport } from '../contracts/devices.ts';
import { canonicalJson } from '../contracts/canonical-json.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import type { EvaluationFigures } from '../contracts/evaluations.ts';
import { fromProbe } from '../contracts/probe-protocol.ts';
import type { FromProbe, PlanFigures, RuntimeProbe, ToProbe, TrialFigures } from '../contracts/probe-protocol.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { wordsOfExit } from './process-host.ts';
import type { ProcessExit, ProcessHost } from './process-host.ts';
import { datasetsFolder, runtimesFolder } from './user-folders.ts';

const patienceMilliseconds = 120_000;
/** A large net on ten thousand images and a slow executor. */
const evaluationMilliseconds = 6 * 3_600_000;

type EvaluateQuestion = Extract<ToProbe, { type: 'evaluate' }>;
type ProbedDevices = Omit<DevicesReport, 'memory'>;
const keptPlans = 100;

/** Questions to the engine, each answered by a process of its own: a native library that crashes takes only that along. */
export class Probes {
  readonly #processHost: ProcessHost;
  readonly #entry: string;
  #devices: Promise<ProbedDevices> | null = null;
  readonly #plans = new Map<string, Promise<PlanFigures>>();

  constructor(processHost: ProcessHost, entry: string) {
    this.#processHost = processHost;
    this.#entry = entry;
  }

  /** Every executor, tried out now, and the graphics cards. Calls at the same time share one probe. */
  devices(): Promise<ProbedDevices> {
    this.#devices ??= this.#ask({ type: 'executors', runtimes: runtimesFolder() })
      .then(({ reply }) => (reply.type === 'executors' ? reply : refuseReply(reply)))
      .finally(() => {
        this.#devices = null;
      });
    return this.#devices;
  }

  /** What a spec amounts to; equal specs are counted once. */
  plan(spec: RunSpec): Promise<PlanFigures> {
    const key = canonicalJson({ ...spec, seed: 0, steps: 1 });
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const asked = this.#ask({ type: 'plan', spec, datasets: datasetsFolder() }).then(({ reply }) =>
      reply.type === 'plan' ? reply.plan : refuseReply(reply),
    );
    this.#plans.set(key, asked);
    asked.catch(() => this.#plans.delete(key));
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > keptPlans && oldest !== undefined) this.#plans.delete(oldest);
    return asked;
  }

  /** What it takes to train a spec on this machine, measured for a moment. Throws what its first step would throw. */
  async trial(spec: RunSpec, resources: string): Promise<TrialFigures> {
    const folders = { resources, datasets: datasetsFolder(), runtimes: runtimesFolder() };
    const { reply } = await this.#ask({ type: 'trial', spec, ...folders });
    return reply.type === 'trial' ? reply.trial : refuseReply(reply);
  }

  /** Whether a native runtime computes rightly. Throws its own reason, or `probe/died` where it takes the process along. */
  async runtime(folder: string, signal?: AbortSignal): Promise<RuntimeProbe> {
    // Executors that are timed meanwhile would seem slower than they are.
    await this.#devices?.catch(() => undefined);
    const { reply, lastWords } = await this.#ask({ type: 'runtime', folder }, { signal });
    return reply.type === 'runtime' ? { ...reply.runtime, words: lastWords } : refuseReply(reply);
  }

  /** How good a net is; takes as long as it takes, or until it is given up. Throws `checkpoint/...`, `weights/...`, `data/...` and `evaluate/no-test-split`. */
  async evaluate(
    question: Omit<EvaluateQuestion, 'type' | 'datasets' | 'runtimes'>,
    follow: Omit<Following, 'patience'> = {},
  ): Promise<EvaluationFigures> {
    const folders = { datasets: datasetsFolder(), runtimes: runtimesFolder() };
    const { reply } = await this.#ask(
      { type: 'evaluate', ...question, ...folders },
      { ...follow, patience: evaluationMilliseconds },
    );
    return reply.type === 'evaluation' ? reply.evaluation : refuseReply(reply);
  }

  #ask(
    question: ToProbe,
    { patience = patienceMilliseconds, progress, signal: givenUp }: Following = {},
  ): Promise<Answer> {
    const process = this.#processHost.start(this.#entry, { name: `probe ${question.type}` });
    return new Promise<Answer>((resolve, reject) => {
      let answer: FromProbe | undefined;
      const timer = setTimeout(() => {
        reject(new MicrobatchError({ code: 'probe/no-answer', message: 'the probe of the engine did not answer' }));
        process.kill();
      }, patience);
      const giveUp = (): void => process.kill();
      if (givenUp?.aborted === true) giveUp();
      givenUp?.addEventListener('abort', giveUp, { once: true });
      process.onMessage((raw) => {
        const parsed = fromProbe.safeParse(raw);
        if (parsed.success && parsed.data.type === 'progress') {
          progress?.(parsed.data.fraction);
          return;
        }
        if (parsed.success) answer = parsed.data;
        else reject(new MicrobatchError({ code: 'probe/protocol', message: 'the probe of the engine sent nonsense' }));
        process.kill();
      });
      process.onExit((exit) => {
        clearTimeout(timer);
        givenUp?.removeEventListener('abort', giveUp);
        if (answer === undefined) reject(died(exit));
        else resolve({ reply: answer, lastWords: exit.lastWords });
      });
      process.send(question);
    });
  }
}

interface Following {
  /** Milliseconds until an answer is no longer waited for. */
  readonly patience?: number;
  /** Told what share is done. */
  readonly progress?: (fraction: number) => void;
  /** Ends the process when aborted. */
  readonly signal?: AbortSignal | undefined;
}

interface Answer {
  readonly reply: FromProbe;
  /** What the process wrote to its error stream. */
  readonly lastWords: string;
}

function died(exit: ProcessExit): MicrobatchError {
  const words = exit.lastWords === '' || exit.outOfMemory ? '' : `: ${exit.lastWords.slice(-300)}`;
  return new MicrobatchError({
    code: 'probe/died',
    message: `the probe of the engine ended ${wordsOfExit(exit)}${words}`,
  });
}

function refuseReply(reply: FromProbe): never {
  if (reply.type === 'failed') throw new MicrobatchError(reply.error);
  throw new MicrobatchError({
    code: 'probe/protocol',
    message: `the probe answered ${reply.type} to another question`,
  });
}
