/**
 * A field of a run's spec in words, for names and headings: `learningRate` is `learning rate`, `graft.norm` is
 * `graft norm`. Where a reader may copy it into a command or a spec, the path itself is shown.
 */
export function settingName(path: string): string {
  return path
    .replaceAll('.', ' ')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}
