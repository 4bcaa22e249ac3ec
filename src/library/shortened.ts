const longest = 80;

/** What was given, short enough for a line of a message. */
export function shortened(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
