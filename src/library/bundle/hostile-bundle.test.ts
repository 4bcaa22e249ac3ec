import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { record, recordPart, useBundles } from '../../../test/bundle-library.ts';

const bundles = useBundles();

/** Changes a name in a zip to one of the same length that no writer would make. */
function rename(from: string, to: string): void {
  const bytes = readFileSync(bundles.file);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at, 'latin1');
  writeFileSync(bundles.file, bytes);
}

describe('a hostile bundle', () => {
  async function expectRefused(reason: RegExp): Promise<void> {
    const outside = readdirSync(bundles.folder);
    const { imported, refused } = await bundles.importBundle();
    expect(imported).toEqual([]);
    expect(refused).toMatchObject([{ code: 'import/bad-bundle', reason: expect.stringMatching(reason) as string }]);
    expect(readdirSync(join(bundles.here.folder, 'runs'))).toEqual([]);
    expect(readdirSync(bundles.folder)).toEqual(outside);
  }

  it('is told from a sound one of the least size', async () => {
    await bundles.forge([recordPart()]);
    expect((await bundles.importBundle()).refused).toEqual([]);
  });

  it.each(['../../../evil', '/etc/evil-file', '..\\..\\..\\evil', 'log.txt:stream'])(
    'cannot reach %s',
    async (path) => {
      await bundles.forge([recordPart(), { name: 'x'.repeat(path.length), content: Buffer.from('evil') }], undefined);
      rename('x'.repeat(path.length), path);
      await expectRefused(/manifest/);
    },
  );

  it('cannot reach outside with a manifest that does not name it', async () => {
    await bundles.forge([recordPart(), { name: 'log.txt', content: Buffer.from('evil') }]);
    const bytes = readFileSync(bundles.file);
    // In the directory of the zip alone, so that the manifest stays as it is.
    bytes.write('../evil', bytes.lastIndexOf('log.txt'), 'latin1');
    writeFileSync(bundles.file, bytes);
    await expectRefused(/\.\.\/evil|invalid relative path/);
  });

  it('cannot plant a link', async () => {
    await bundles.forge([recordPart(), { name: 'log.txt', content: Buffer.from('/etc/passwd'), mode: 0o120777 }]);
    await expectRefused(/no plain file/);
  });

  it('cannot be a bomb, since nothing is decompressed', async () => {
    await bundles.forge([recordPart(), { name: 'log.txt', content: Buffer.alloc(5_000_000), compress: true }]);
    await expectRefused(/compressed/);
  });

  it('cannot hold a file twice', async () => {
    await bundles.forge([recordPart(), recordPart()]);
    await expectRefused(/twice/);
    const { content } = recordPart();
    const file = {
      path: 'run.json',
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    };
    const once = JSON.stringify({ schema: 1, kind: 'microbatch run', app: '', run: record.id, files: [file] });
    await bundles.forge([recordPart(), recordPart()], once);
    await expectRefused(/there twice/);
  });

  it('cannot hold other bytes, or fewer files, than it states', async () => {
    await bundles.write();
    const bytes = readFileSync(bundles.file);
    const at = bytes.lastIndexOf('SQLite format 3');
    bytes.writeUInt8(bytes.readUInt8(at + 3000) ^ 1, at + 3000);
    writeFileSync(bundles.file, bytes);
    await expectRefused(/SHA-256|damaged|checksum/i);
    const whole = { path: 'run.json', bytes: 1, sha256: '0'.repeat(64) };
    await bundles.forge(
      [],
      JSON.stringify({ schema: 1, kind: 'microbatch run', app: '', run: record.id, files: [whole] }),
    );
    await expectRefused(/run\.json is missing/);
  });

  it('cannot state huge counts', async () => {
    await bundles.forge([recordPart()]);
    const bytes = readFileSync(bundles.file);
    const end = bytes.lastIndexOf('PK\x05\x06');
    for (const field of [8, 10]) bytes.writeUInt16LE(0xfffe, end + field);
    writeFileSync(bundles.file, bytes);
    await expectRefused(/./);
  });

  it('cannot bring a run that would start, or one of another id', async () => {
    await bundles.forge([recordPart({ status: 'queued' })]);
    await expectRefused(/is queued/);
    await bundles.forge([recordPart({ id: 'another-run' })]);
    await expectRefused(/another run/);
    await bundles.forge([{ name: 'run.json', content: Buffer.from('{') }]);
    await expectRefused(/not JSON/);
  });

  it('cannot bring a database of something else', async () => {
    await bundles.forge([recordPart(), { name: 'metrics.sqlite', content: Buffer.from('no database'.repeat(200)) }]);
    await expectRefused(/not a database/);
  });

  it('may be cut off anywhere', async () => {
    await bundles.write();
    const bytes = readFileSync(bundles.file);
    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      writeFileSync(bundles.file, bytes.subarray(0, Math.floor(share * bytes.length)));
      await expectRefused(/./);
    }
  });
});
