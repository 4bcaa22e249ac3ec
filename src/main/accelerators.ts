/**
 * A shortcut of the command table in Electron's words: 'CmdOrCtrl+K' of 'Ctrl+K'. Null of one that a native menu must
 * not have, because it would be taken from whoever types: a letter without Ctrl or Alt, or keys after each other.
 */
export function acceleratorOf(keys: string | undefined): string | null {
  if (keys === undefined || keys.includes(' ') || !/^(Ctrl|Alt)\+/.test(keys)) return null;
  return keys.replace('Ctrl', 'CmdOrCtrl');
}
