/**
 * Whether a place in a text is in a comment for sure: for looks at texts that save reading files, in which comments say the
 * words of the code. Only lines that begin as comments count, and not what a template may hold.
 */
export function isCommented(text: string, index: number): boolean {
  const line = text.lastIndexOf("\n", index - 1) + 1;
  if (/^[ \t]*\/\/[^`{]*$/.test(text.slice(line, index)))
    return !/\\\r?\n$/.test(text.slice(Math.max(line - 3, 0), line));
  const block = text.lastIndexOf("/*", index);
  if (block < 0 || text.lastIndexOf("*/", index) > block) return false;
  const begin = text.lastIndexOf("\n", block - 1) + 1;
  return /^\s*\/\*[^`{]*$/.test(text.slice(begin, index));
}
