import { expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from './crc32c.ts';

// RFC 3720, B.4.
it('gives the checksums of the standard', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

it('masks them as LevelDB does', () => {
  expect(maskedCrc32c(new TextEncoder().encode('123456789'))).toBe(
    (((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0,
  );
});
