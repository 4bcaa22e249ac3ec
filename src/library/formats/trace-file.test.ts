import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTraceFile } from './trace-file.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a trace file', () => {
  it('is CSV with a column of steps and one a series', () => {
    const path = file('own.csv', 'step,grad_norm,other\n0,2.5,9\n20,1.75,9\n40,0.5,9\n');
    expect(readTraceFile(path, 'grad_norm')).toEqual({ steps: [0, 20, 40], values: [2.5, 1.75, 0.5] });
  });

  it('is an export of several runs: quoted, prefixed, with gaps and in any order', () => {
    const header = '"custom_step","Vanilla|0.1|128-1 - train/gradient_norm","Vanilla|0.1|128-1 - train/loss"';
    const path = file('export.csv', `\ufeff${header}\n40,"0.5",1\n\n0,2.5,1\n20,"",1\n`);
    expect(readTraceFile(path, 'train/gradient_norm')).toEqual({ steps: [0, 40], values: [2.5, 0.5] });
  });

  it('is JSON Lines', () => {
    const path = file('own.jsonl', '{"step": 0, "grad_norm": 2.5}\n{"step": 1}\n\n{"step": 2, "grad_norm": 1e-3}\n');
    expect(readTraceFile(path, 'grad_norm')).toEqual({ steps: [0, 2], values: [2.5, 1e-3] });
  });

  it("is this application's own export, whose steps count updates", () => {
    const rows = ['series,step,value', 'train/gradient_norm,1,2.5', 'train/loss,1,9', 'train/gradient_norm,20,1.75'];
    expect(readTraceFile(file('long.csv', rows.join('\n')), 'train/gradient_norm')).toEqual({
      steps: [0, 19],
      values: [2.5, 1.75],
    });
  });

  it('says what it lacks', () => {
    const read =
      (name: string, text: string, column = 'norm') =>
      () =>
        readTraceFile(file(name, text), column);
    expect(() => readTraceFile(join(folder, 'none.csv'), 'norm')).toThrow(/none\.csv cannot be read as a trace/);
    expect(read('broken.jsonl', '{"step": 0')).toThrow('cannot be read as a trace');
    expect(read('list.jsonl', '[1]')).toThrow('cannot be read as a trace');
    expect(read('uneven.csv', 'step,norm\n1,2,3\n')).toThrow('cannot be read as a trace');
    expect(read('stepless.csv', 'time,norm\n1,2\n')).toThrow('has no column of steps');
    expect(read('other.csv', 'step,loss\n1,2\n')).toThrow('has no column norm');
    expect(read('words.csv', 'step,norm\n1,two\n')).toThrow('record 1 of');
  });
});
