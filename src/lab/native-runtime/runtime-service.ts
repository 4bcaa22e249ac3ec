import type { ApiEmit } from '../../contracts/api.ts';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { InstallProgress, RuntimeReport, RuntimeRequest, RuntimesStatus } from '../../contracts/native-runtime.ts';
import type { InstallRequest, NativeRuntimes } from './native-runtimes.ts';
import { withPace } from './progress.ts';

/** Least time between two messages that tell of the same work, milliseconds. */
const progressMilliseconds = 200;
/** Of a line that pip or the compiler writes, UTF-16 units. */
const longestLine = 500;

interface Installation {
  readonly controller: AbortController;
  /** Settled when nothing of it is left. */
  readonly ended: Promise<unknown>;
  progress: InstallProgress;
}

const begin: InstallProgress = {
  ...{ stage: 'checking', what: 'looking at what there is' },
  ...{ bytes: null, secondsLeft: null, line: null },
};

/** Native runtimes as windows have them: what there is, and at most one installation, which every window follows. */
export class RuntimeService {
  readonly #runtimes: NativeRuntimes;
  readonly #emit: ApiEmit;
  #installation: Installation | null = null;
  #failure: ErrorShape | null = null;

  constructor(runtimes: NativeRuntimes, emit: ApiEmit) {
    this.#runtimes = runtimes;
    this.#emit = emit;
  }

  async status(): Promise<RuntimesStatus> {
    const [installed, restorable] = [await this.#runtimes.installed(), await this.#runtimes.restorable()];
    return {
      ...this.#offers(),
      installed,
      restorable,
      installation: this.#installation?.progress ?? null,
      failure: this.#failure,
    };
  }

  /** Tries out an installed runtime. Throws `runtime/unknown`. */
  async probe(id: string): Promise<RuntimeReport> {
    const [report] = await this.#runtimes.list(id);
    if (report !== undefined) return report;
    throw new MicrobatchError({ code: 'runtime/unknown', message: `there is no runtime ${id}` });
  }

  /** Goes on until it is done or cancelled, whoever listens. Throws what `NativeRuntimes.install` throws. */
  async install(request: RuntimeRequest): Promise<RuntimeReport> {
    if (this.#installation !== null) {
      throw new MicrobatchError({
        code: 'runtime/busy',
        message: 'this host is installing a runtime already',
        expected: 'one installation at a time',
        remedy: 'wait for it, or cancel it',
      });
    }
    const controller = new AbortController();
    const finished = Promise.withResolvers<null>();
    this.#installation = { controller, ended: finished.promise, progress: begin };
    this.#failure = null;
    this.#changed();
    try {
      return await this.#runtimes.install(installRequest(request), {
        ...this.#follow(this.#installation),
        signal: controller.signal,
      });
    } catch (error) {
      if (!controller.signal.aborted) this.#failure = toErrorShape(error);
      throw error;
    } finally {
      this.#installation = null;
      finished.resolve(null);
      this.#changed();
    }
  }

  /** Comes back once nothing of the installation is left; at once where there is none. */
  async cancel(): Promise<void> {
    const under = this.#installation;
    under?.controller.abort();
    await under?.ended;
  }

  async remove(id: string): Promise<void> {
    await this.#runtimes.remove(id);
    this.#changed();
  }

  async restore(id: string): Promise<void> {
    await this.#runtimes.restore(id);
    this.#changed();
  }

  #changed(): void {
    this.#emit('runtimes.changed', { installing: this.#installation !== null });
  }

  #offers(): Pick<RuntimesStatus, 'offers' | 'refusal'> {
    try {
      return { offers: this.#runtimes.offers(), refusal: null };
    } catch (error) {
      return { offers: [], refusal: toErrorShape(error) };
    }
  }

  #follow(installation: Installation) {
    let saidAt = Number.NEGATIVE_INFINITY;
    const say = (progress: InstallProgress): void => {
      const isNews = progress.what !== installation.progress.what || progress.line !== installation.progress.line;
      installation.progress = progress;
      const now = performance.now();
      if (!isNews && now - saidAt < progressMilliseconds) return;
      saidAt = now;
      this.#emit('runtime.progress', progress);
    };
    const report = withPace((progress) => {
      // What pip said is old news once something else is done.
      const { stage, line } = installation.progress;
      say({ ...progress, line: progress.stage === stage ? line : null });
    });
    const line = (text: string): void => say({ ...installation.progress, line: text.slice(0, longestLine) });
    return { report, line };
  }
}

function installRequest(request: RuntimeRequest): InstallRequest {
  if (request.from === 'pip') return { source: { kind: 'pip' }, flavour: request.flavour };
  return { source: { kind: 'path', path: request.path } };
}
