import type { FileFacts } from './metric-rows.ts';

const mostSettings = 500;
const longestText = 500;
const deepest = 6;

type Settings = Record<string, FileFacts['settings'][string]>;

/** Adds a setting as a file states it: nested ones are joined by dots, lists are one text. What is too much is left out. */
export function addSetting(settings: Settings, name: string, value: unknown, depth = 0): void {
  if (Object.keys(settings).length >= mostSettings || name.length > longestText || depth > deepest) return;
  if (value === null || typeof value === 'boolean' || typeof value === 'number') add(settings, name, value);
  else if (typeof value === 'string') add(settings, name, value.slice(0, longestText));
  else if (Array.isArray(value)) {
    if (value.every((item) => ['number', 'string', 'boolean'].includes(typeof item)))
      add(settings, name, value.slice(0, 100).map(String).join(', ').slice(0, longestText));
  } else if (typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) addSetting(settings, `${name}.${key}`, inner, depth + 1);
  }
}

/** What JSON cannot hold is text; names that objects have anyway are no settings. */
function add(settings: Settings, name: string, value: Settings[string]): void {
  if (Object.hasOwn(Object.prototype, name)) return;
  settings[name] = typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
