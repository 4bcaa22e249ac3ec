/** Control characters, line separators and those that turn the direction of a line. */
const controls = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

export function hasControlCharacters(text: string): boolean {
  return text.search(controls) !== -1;
}

/** A text from elsewhere as it can be printed: each such character as its code, `\\u001b`. */
export function withoutControlCharacters(text: string): string {
  return text.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
