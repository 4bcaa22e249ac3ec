import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { droppedChannel } from '../../src/contracts/channels.ts';
import { openedDocument } from '../../src/contracts/files.ts';
import type { OpenedDocument } from '../../src/contracts/files.ts';
import { Application, ownPage } from './application.ts';
import { tinySpec } from './runs.ts';

/** Files in the built main process: a window reaches those that the user gave it, and no other. */
describe('files of the desktop application', () => {
  let application: Application;
  beforeEach(async () => {
    application = new Application();
    await application.shown();
    writeFileSync(curves(), 'step,train/loss\n1,2.5\n2,2.0\n');
  });
  afterEach(() => application.dispose());
  const curves = (): string => join(application.folder, 'curves.csv');

  const drop = (paths: unknown, from = ownPage): Promise<unknown> => application.send(droppedChannel, paths, from);

  it('are refused where the window names their path, in every call that takes one', async () => {
    const trace = { trace: { file: curves() } };
    const spec = {
      ...tinySpec,
      method: 'external-grafting' as const,
      lambda: undefined,
      graft: { ...trace, mode: 'hold' as const },
    };
    const refused = [
      application.call('datasets.add', { path: curves() }),
      application.call('imports.preview', { path: curves() }),
      application.call('imports.run', { paths: [curves()] }),
      application.call('runtimes.install', { from: 'file', path: curves() }),
      application.call('runs.create', { spec, seeds: [1] }),
      application.call('sweeps.preview', { definition: { base: { graft: trace }, axes: {} }, again: false }),
      application.call('commands.run', { command: 'library.open-recent', file: application.library }),
    ];
    // At once: one that is refused while another is waited for would count as a fault that nobody handled.
    await Promise.all(refused.map((call) => expect(call).rejects.toThrow(/^files\/not-handed/)));
  });

  it('are read by the handle that a dialog gave', async () => {
    await application.tell({ do: 'choose-folder', folder: curves() });
    const [chosen] = await application.call('files.choose', { purpose: 'import' });
    expect(chosen?.path).toBe(curves());
    const preview = await application.call('imports.preview', { path: String(chosen?.file) });
    expect(preview.columns.map(({ column }) => column)).toContain('train/loss');
    expect(await application.call('files.choose', { purpose: 'import' })).toEqual([]);
  });

  it('that are dropped get handles, from our own page only', async () => {
    const { result } = (await drop([curves()])) as { result: OpenedDocument[] };
    expect(result).toMatchObject([{ kind: 'import', files: [{ path: curves() }] }]);
    const [document] = result;
    const files = document?.kind === 'import' ? document.files.map(({ file }) => file) : [];
    expect((await application.call('imports.run', { paths: files })).imported).toHaveLength(1);

    expect(await drop([curves()], 'https://example.org/')).toMatchObject({ error: { code: 'request/foreign-sender' } });
    expect(await drop([join(application.folder, 'none')])).toMatchObject({ error: { code: 'files/missing' } });
    for (const nonsense of [null, [], [7], { 0: curves() }, ['']]) {
      expect(await drop(nonsense)).toMatchObject({ error: { code: 'request/invalid-parameters' } });
    }
  });

  it('that are opened with the application wait for its window: by the system, or by a second start', async () => {
    const spec = join(application.folder, 'spec.json');
    writeFileSync(spec, JSON.stringify(tinySpec));
    await application.tell({ do: 'take-sent' });
    await application.tell({ do: 'open-file', path: curves() });
    await application.tell({ do: 'second-instance', commandLine: ['--no-sandbox', spec, 'https://example.org/'] });
    const sent = await application.tell({ do: 'take-sent' });
    expect(sent).toContainEqual({ channel: 'microbatch:event', sent: ['files.opened', { waiting: 2 }] });
    const opened = openedDocument.array().parse(await application.call('files.take-opened', null));
    expect(opened).toMatchObject([
      { kind: 'spec', name: 'spec.json', text: JSON.stringify(tinySpec) },
      { kind: 'import', files: [{ path: curves() }] },
    ]);
    expect(await application.call('files.take-opened', null)).toEqual([]);
  });
});
