import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { MicrobatchError } from '../../contracts/errors.ts';
import { publish } from '../atomic-file.ts';
import { readMetrics } from '../metric-reader.ts';
import { MetricWriter } from '../metric-writer.ts';
import { writeError } from '../write-error.ts';
import { isPlainFile } from '../folder-entries.ts';
import type { Finding } from './finding.ts';
import { lost } from './finding.ts';
import type { Quarantine } from './quarantine.ts';

/** What is wrong with a metrics.sqlite; null where all of it can be read, or where there is none. */
export async function checkMetrics(path: string): Promise<Finding | null> {
  if (!existsSync(path)) return null;
  if (!(await isPlainFile(path))) {
    return lost(path, damaged(path, 'it is no plain file'), 'is moved to the quarantine; its points are lost');
  }
  try {
    await requireWholePages(path);
    readMetrics(path);
    checkPages(path);
    return null;
  } catch (error) {
    return {
      ...lost(path, error, 'what can still be read of it goes to a new file; the damaged one to the quarantine'),
      repair: (quarantine) => salvage(path, quarantine),
    };
  }
}

/** SQLite takes the end of a page that was cut off for zeros. Throws `metrics/damaged`. */
async function requireWholePages(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const header = Buffer.alloc(18);
    await file.read(header, 0, header.length, 0);
    const stated = header.readUInt16BE(16);
    const pageSize = stated === 1 ? 65_536 : stated;
    if (pageSize > 0 && size % pageSize !== 0) throw damaged(path, `it ends within a page, at ${String(size)} bytes`);
  } finally {
    await file.close();
  }
}

/** Throws `metrics/damaged` where SQLite finds pages that do not fit together, though every point can be read. */
function checkPages(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
  try {
    const [row] = database.prepare('PRAGMA quick_check(1)').all();
    const said = String(row?.['quick_check']);
    if (said !== 'ok') throw damaged(path, said);
  } finally {
    database.close();
  }
}

async function salvage(path: string, quarantine: Quarantine): Promise<string> {
  const draft = `${path}.salvaged`;
  const drafts = ['', '-wal', '-shm', '-journal', '.new', '.new-journal'].map((ending) => draft + ending);
  try {
    for (const file of drafts) await rm(file, { force: true });
    const writer = new MetricWriter(draft);
    const points = saveReadable(path, writer);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) await quarantine.take(file);
    await publish(draft, path);
    return points === 0 ? 'moved to the quarantine; no point could be read' : `${String(points)} points saved`;
  } catch (cause) {
    for (const file of drafts) await rm(file, { force: true }).catch(() => undefined);
    throw writeError(path, cause);
  }
}

function saveReadable(path: string, writer: MetricWriter): number {
  try {
    return copyReadable(path, writer);
  } finally {
    writer.close();
  }
}

/** Copies series from both ends up to the damage between; returns the number of points. */
function copyReadable(path: string, writer: MetricWriter): number {
  let database: DatabaseSync | undefined;
  const seen = new Set<string>();
  try {
    database = new DatabaseSync(path, { readOnly: true });
    for (const { id, name } of database.prepare('SELECT id, name FROM series').all()) {
      for (const order of ['ASC', 'DESC']) {
        const rows = database.prepare(`SELECT step, value FROM points WHERE series = ? ORDER BY step ${order}`);
        try {
          for (const { step, value } of rows.iterate(Number(id))) {
            const key = `${String(name)}\n${String(step)}`;
            if (seen.has(key)) break;
            seen.add(key);
            writer.append(String(name), Number(step), typeof value === 'number' ? value : Number.NaN);
          }
        } catch {
          // What lies behind this page is read from the other end.
        }
      }
    }
  } catch {
    // Not even its list of series can be read.
  } finally {
    database?.close();
  }
  return seen.size;
}

function damaged(path: string, problem: string): MicrobatchError {
  return new MicrobatchError({ code: 'metrics/damaged', message: `${path} cannot be read: ${problem}` });
}
