import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readClassFolders } from './class-folders.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'microbatch-folders-'));
  await mkdir(join(folder, 'cat'));
  await mkdir(join(folder, 'dog'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** 4 x 2 pixels, each of its own colour. */
const colours = Uint8Array.from({ length: 24 }, (_, index) => index * 10);
const image = (channels: 1 | 3 | 4 = 3, data: Uint8Array = colours): Sharp =>
  sharp(data, { raw: { width: 4, height: data.length / channels / 4, channels } });
const put = async (name: string, bytes: Uint8Array | Promise<Uint8Array>): Promise<void> =>
  writeFile(join(folder, name), await bytes);

async function readAll(path = folder) {
  const set = await readClassFolders(path);
  const images: { label: number; pixels: number[] }[] = [];
  const length = set.imageShape.reduce((product, side) => product * side, 1);
  for (const part of set.parts.values()) {
    for await (const { pixels, labels } of part) {
      for (const [index, label] of Array.from(labels).entries()) {
        images.push({ label, pixels: [...pixels.subarray(index * length, (index + 1) * length)] });
      }
    }
  }
  return { set, images };
}

/** The pixels of `colours` as [3, 2, 4]. */
const planes = [0, 1, 2].flatMap((channel) => Array.from({ length: 8 }, (_, pixel) => (pixel * 3 + channel) * 10));

describe('class folders', () => {
  it('take their classes from the names of the folders, in order', async () => {
    await put('dog/1.png', image().png().toBuffer());
    await put('cat/1.png', image().png().toBuffer());
    const { set, images } = await readAll();
    expect(set).toMatchObject({ classes: ['cat', 'dog'], imageShape: [3, 2, 4], left: [] });
    expect(images.map(({ label }) => label).toSorted()).toEqual([0, 1]);
    for (const { pixels } of images) expect(pixels).toEqual(planes);
  });

  it('find train and test folders', async () => {
    for (const part of ['train', 'val']) {
      await mkdir(join(folder, 'set', part, 'cat'), { recursive: true });
      await put(`set/${part}/cat/1.png`, image().png().toBuffer());
    }
    const { set } = await readAll(join(folder, 'set'));
    expect([...set.parts.keys()]).toEqual(['train', 'test']);
    expect(set.classes).toEqual(['cat']);
  });

  it('decode transparency, palettes, 16 bits and grey to the same colours', async () => {
    const opaque = Uint8Array.from({ length: 32 }, (_, at) =>
      at % 4 === 3 ? 90 : (colours[Math.floor(at / 4) * 3 + (at % 4)] ?? 0),
    );
    await put('cat/rgba.png', image(4, opaque).png().toBuffer());
    await put('cat/palette.png', image().png({ palette: true, colours: 256, dither: 0 }).toBuffer());
    await put('cat/sixteen.png', image().toColourspace('rgb16').png().toBuffer());
    const { set, images } = await readAll();
    expect(set.left).toEqual([]);
    expect(images).toHaveLength(3);
    for (const { pixels } of images) expect(pixels).toEqual(planes);
  });

  it('keep one channel where all are grey, and give grey images among coloured ones three', async () => {
    const greys = Uint8Array.from({ length: 8 }, (_, index) => index * 30);
    await put('cat/grey.png', image(1, greys).toColourspace('b-w').png().toBuffer());
    const alone = await readAll();
    expect(alone.set.imageShape).toEqual([1, 2, 4]);
    expect(alone.images[0]?.pixels).toEqual([...greys]);
    await put('dog/colour.png', image().png().toBuffer());
    const together = await readAll();
    expect(together.set.imageShape).toEqual([3, 2, 4]);
    expect(together.images.find(({ label }) => label === 0)?.pixels).toEqual([...greys, ...greys, ...greys]);
  });

  it('turn CMYK into colours near the ones that were meant', async () => {
    const flat = Uint8Array.from({ length: 24 }, (_, index) => [200, 60, 40][index % 3] ?? 0);
    await put('cat/cmyk.jpg', image(3, flat).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer());
    const { set, images } = await readAll();
    expect(set.imageShape).toEqual([3, 2, 4]);
    const [red = 0, green = 0, blue = 0] = [0, 8, 16].map((plane) => images[0]?.pixels[plane] ?? 0);
    expect(red).toBeGreaterThan(150);
    expect(Math.max(green, blue)).toBeLessThan(110);
  });

  it('rotate as the EXIF entry says', async () => {
    // Stored lying on its side: 2 x 4 pixels that are to be turned by 90 degrees.
    const lying = await image().rotate(-90).withMetadata({ orientation: 6 }).png().toBuffer();
    await put('cat/turned.png', lying);
    const { set, images } = await readAll();
    expect(set.imageShape).toEqual([3, 2, 4]);
    expect(images[0]?.pixels).toEqual(planes);
  });

  it('look at the content and not at the name', async () => {
    await put('cat/png.jpg', image().png().toBuffer());
    await put('cat/without-ending', image().png().toBuffer());
    const { images } = await readAll();
    expect(images).toHaveLength(2);
  });

  it('leave out by name what is no image, damaged, cut off, of another size or a bomb, and count it', async () => {
    await put('cat/good.png', image().png().toBuffer());
    await put('dog/good.jpg', image().jpeg().toBuffer());
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 256);
    const large = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    await put('cat/other-size.jpg', large);
    await put('cat/cut.jpg', (await image().jpeg({ quality: 100 }).toBuffer()).subarray(0, -30));
    await put('cat/cut.png', (await image().png().toBuffer()).subarray(0, 60));
    await put('cat/empty.png', new Uint8Array(0));
    await put('cat/text.png', Buffer.from('not an image'));
    await put('cat/page.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"/>'));
    await put('dog/bomb.png', bomb(60_000, 60_000));
    await symlink('/etc/hostname', join(folder, 'dog', 'link.png'));
    const { set, images } = await readAll();
    expect(images).toHaveLength(2);
    expect(Object.fromEntries(set.left.map(({ file, code }) => [file, code]))).toEqual({
      'cat/other-size.jpg': 'data/other-size',
      'cat/cut.jpg': 'data/damaged-image',
      'cat/cut.png': 'data/damaged-image',
      'cat/empty.png': 'data/not-an-image',
      'cat/text.png': 'data/not-an-image',
      'cat/page.svg': 'data/not-an-image',
      'dog/bomb.png': 'data/image-too-large',
    });
  });

  it('are refused without a class or without an image', async () => {
    await expect(readClassFolders(join(folder, 'cat'))).rejects.toMatchObject({ code: 'data/no-class-folders' });
    await put('cat/text.png', Buffer.from('not an image'));
    await expect(readClassFolders(folder)).rejects.toMatchObject({ code: 'data/no-images' });
  });
});

/** A small PNG file that claims to be huge. */
function bomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const data = deflateSync(Buffer.alloc(1_000_000));
  const magic = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}
