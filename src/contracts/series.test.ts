import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seriesCatalogue } from './series.ts';

describe('the series of the guide', () => {
  it('are those of the catalogue, word for word', () => {
    const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/series.md'), 'utf8');
    for (const { name, label, unit, formula } of seriesCatalogue) {
      expect(guide).toContain(`| \`${name}\` | ${label} | ${unit === '' ? 'none' : unit} | ${formula} |`);
    }
    expect(new Set(seriesCatalogue.map(({ name }) => name)).size).toBe(seriesCatalogue.length);
  });
});
