/**
 * Whether a place in a text is in a comment for sure: for looks at texts that save reading files, in which comments say the
 * words of the code. Only lines that begin as comments count, and not what a template may hold.
 */
export function isCommented(text: string, index: number): boolean {
  const line = text.lastIndexOf("\n", index - 1) + 1;
  if (LINE.test(text.slice(line, index))) return !isContinued(text, line);
  const block = text.lastIndexOf("/*", index);
  if (block < 0 || text.lastIndexOf("*/", index) > block) return false;
  const begin = text.lastIndexOf("\n", block - 1) + 1;
  return BLOCK.test(text.slice(begin, index)) && !isContinued(text, begin);
}

/** What looks like a comment may be text between tags, which a closing tag ends, or stand in a block comment that ends there. */
const LINE = /^[ \t]*\/\/(?:(?!\*\/|<\/)[^`{\r\u2028\u2029])*$/;
const BLOCK = /^\s*\/\*(?:(?!<\/)[^`{])*$/;

/** Whether a line goes on with a string that began before it. */
function isContinued(text: string, line: number): boolean {
  return /\\\r?\n$/.test(text.slice(Math.max(line - 3, 0), line));
}
