import { describe, expect, it } from 'vitest';
import { parseGraphicsReadings } from './graphics-cards.ts';

describe('what nvidia-smi says', () => {
  it('is read a card a line, memory in bytes and load in percent', () => {
    const text =
      'NVIDIA H100 80GB HBM3, 570.86.15, 81559, 2048, 94, 71, 78990\nTesla T4, 570.86.15, 15360, 0, 0, 35, 14914\n';
    expect(parseGraphicsReadings(text)).toEqual([
      {
        name: 'NVIDIA H100 80GB HBM3',
        driver: '570.86.15',
        memoryBytes: 81559 * 2 ** 20,
        usedBytes: 2 ** 31,
        freeBytes: 78990 * 2 ** 20,
        percent: 94,
        celsius: 71,
      },
      {
        ...{ name: 'Tesla T4', driver: '570.86.15', memoryBytes: 15360 * 2 ** 20 },
        ...{ usedBytes: 0, freeBytes: 14914 * 2 ** 20, percent: 0, celsius: 35 },
      },
    ]);
  });

  it('is null where a card does not have it', () => {
    expect(parseGraphicsReadings('NVIDIA GB10, 580.95.05, [N/A], [N/A], 12, [Unknown Error], [N/A]\n')).toEqual([
      {
        ...{ name: 'NVIDIA GB10', driver: '580.95.05', memoryBytes: null },
        ...{ usedBytes: null, freeBytes: null, percent: 12, celsius: null },
      },
    ]);
  });

  it('is no card where it names none', () => {
    expect(parseGraphicsReadings('')).toEqual([]);
  });
});
