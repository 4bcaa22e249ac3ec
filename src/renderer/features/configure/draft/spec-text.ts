import { createScanner, findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Node as TreeNode, ParseError } from 'jsonc-parser';
import { isJsonList, isJsonObject, toJson } from '../fields/json.ts';
import type { Json, JsonObject, Path } from '../fields/json.ts';

/** A spec as text, the same JSON that the command line reads, with a list where a sweep is meant. */

/** A problem of a text at its place; line and column from 0. */
export interface TextProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A piece of a text with its role, for colours. */
export interface Token {
  readonly text: string;
  readonly kind: 'plain' | 'key' | 'axis';
}

/** One setting a line in the given order, a value on its line while it fits in `width` characters; plain lists always. */
export function writeSpecText(document: JsonObject, order: readonly string[], width: number): string {
  const known = order.filter((name) => Object.hasOwn(document, name));
  const others = Object.keys(document).filter((name) => !order.includes(name));
  const sorted = Object.fromEntries([...known, ...others].map((name) => [name, document[name] ?? null]));
  return broken(sorted, 0, width);
}

function written(value: Json, indent: number, used: number, width: number): string {
  const inline = onOneLine(value);
  const isPlainList = isJsonList(value) && value.every((entry) => !isJsonList(entry) && !isJsonObject(entry));
  return isPlainList || used + inline.length <= width ? inline : broken(value, indent, width);
}

function broken(value: Json, indent: number, width: number): string {
  const inner = ' '.repeat(indent + 2);
  const lines = (entries: readonly string[], open: string, close: string): string =>
    entries.length === 0 ? open + close : `${open}\n${entries.join(',\n')}\n${' '.repeat(indent)}${close}`;
  if (isJsonList(value)) {
    return lines(
      value.map((entry) => inner + written(entry, indent + 2, indent + 3, width)),
      '[',
      ']',
    );
  }
  if (!isJsonObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, entry]) => {
    const start = `${inner}${JSON.stringify(key)}: `;
    return start + written(entry, indent + 2, start.length + 1, width);
  });
  return lines(entries, '{', '}');
}

function onOneLine(value: Json): string {
  if (isJsonList(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${onOneLine(entry)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

const parseOptions = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

/** The document that a text writes, or where it is no JSON object. */
export function readSpecText(
  text: string,
): { readonly document: JsonObject } | { readonly problems: readonly TextProblem[] } {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, parseOptions);
  const [first] = errors;
  // What follows the first problem is mostly its consequence.
  if (first !== undefined) {
    return {
      problems: [
        {
          ...placeOf(text, first.offset),
          message: problemWords[printParseErrorCode(first.error)] ?? 'This is not JSON',
        },
      ],
    };
  }
  const value = root === undefined ? null : toJson(getNodeValue(root));
  if (isJsonObject(value)) return { document: value };
  return { problems: [{ line: 0, column: 0, message: 'A spec is an object: it begins with { and ends with }' }] };
}

const problemWords: Partial<Record<string, string>> = {
  InvalidSymbol: 'This word is not JSON: texts stand in double quotes',
  InvalidNumberFormat: 'This is not a number',
  PropertyNameExpected: 'A setting’s name in double quotes belongs here',
  ValueExpected: 'A value belongs here',
  ColonExpected: 'A colon belongs here',
  CommaExpected: 'A comma belongs here',
  CloseBraceExpected: 'A closing } belongs here',
  CloseBracketExpected: 'A closing ] belongs here',
  EndOfFileExpected: 'The spec has ended: nothing may follow',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfString: 'The text ends without its closing quote',
  UnexpectedEndOfNumber: 'The number ends too early',
  InvalidEscapeCharacter: 'This escape is not known in JSON',
  InvalidCharacter: 'This character may not stand here',
};

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
}

/** Places of settings in a text; what is not there yet stands where its parent does. */
export function linesOf(text: string, paths: readonly Path[]): number[] {
  const root = parseTree(text, [], parseOptions);
  return paths.map((path) => lineOf(text, root, path));
}

function lineOf(text: string, root: TreeNode | undefined, path: Path): number {
  for (let length = path.length; root !== undefined && length > 0; length -= 1) {
    const found = findNodeAtLocation(root, path.slice(0, length));
    if (found !== undefined) return placeOf(text, found.offset).line;
  }
  return 0;
}

/** A text in pieces: names of settings, values that make a sweep, everything else. */
export function highlight(text: string, axes: readonly Path[]): Token[] {
  const root = parseTree(text, [], parseOptions);
  const ranges = axes.flatMap((path) => (root === undefined ? [] : (findNodeAtLocation(root, [...path]) ?? [])));
  const keys = root === undefined ? [] : keyNodes(root);
  const scanner = createScanner(text, false);
  const tokens: Token[] = [];
  scanner.scan();
  // Only the end of the text has no length.
  while (scanner.getTokenLength() > 0) {
    const offset = scanner.getTokenOffset();
    const isIn = (nodes: readonly TreeNode[]): boolean =>
      nodes.some((node) => offset >= node.offset && offset < node.offset + node.length);
    const role = isIn(keys) ? 'key' : isIn(ranges) ? 'axis' : 'plain';
    const piece = text.slice(offset, offset + scanner.getTokenLength());
    const last = tokens.at(-1);
    if (last?.kind === role) tokens.splice(-1, 1, { text: last.text + piece, kind: role });
    else tokens.push({ text: piece, kind: role });
    scanner.scan();
  }
  return tokens;
}

function keyNodes(node: TreeNode): TreeNode[] {
  const children = node.children ?? [];
  const own = node.type === 'property' ? children.slice(0, 1) : [];
  return [...own, ...children.flatMap(keyNodes)];
}
