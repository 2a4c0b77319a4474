/** Kinds of characters. */
const SPACE = 0;
const WORD = 1;
const SIGN = 2;
const OPENING = 3;
const CLOSING = 4;
const ENDING = 5;
const QUOTE = 6;
const SLASH = 7;

const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[\w$]/.test(character)) return WORD;
  if (/[([{]/.test(character)) return OPENING;
  if (/[)\]}]/.test(character)) return CLOSING;
  if (/[;,]/.test(character)) return ENDING;
  if (/["']/.test(character)) return QUOTE;
  if (character === "/") return SLASH;
  return /[!%&*+\-.:<=>?^|~]/.test(character) ? SIGN : SPACE;
});

const NEWLINE = 10;
const BACKSLASH = 92;
const CLOSING_BRACE = 125;

/**
 * Whether code nests no deeper than a parser and everybody behind it can follow, as far as a quick look tells: in no part of
 * it are there more words and signs than `most` before that part is over, with those around it. What it takes for too much may
 * as well be a long list of plain things.
 */
export function nestsLittle(text: string, most: number): boolean {
  /** Of each bracket that is open, how much there was before it in what is around it. */
  const outer: number[] = [];
  let own = 0;
  let count = 0;
  const { length } = text;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    const kind = kindOf(code);
    if (kind === SPACE) continue;
    if (kind === WORD) {
      if (++count > most) return false;
      while (kindOf(text.charCodeAt(at + 1)) === WORD) at++;
    } else if (kind === SIGN) {
      if (++count > most) return false;
    } else if (kind === OPENING) {
      outer.push(own, count);
      if (++count > most) return false;
      own = count;
    } else if (kind === CLOSING) {
      count = outer.pop() ?? 0;
      own = outer.pop() ?? 0;
      // Behind a block begins something else, unless it goes on.
      if (code === CLOSING_BRACE && isOver(text, at + 1)) count = own;
    } else if (kind === ENDING) count = own;
    else if (kind === QUOTE || kind === SLASH) {
      const end = kind === QUOTE ? behindString(text, at, code) : behindComment(text, at);
      if (end === at) count++;
      else if (mayNest(text, at, end)) return false;
      at = end;
    }
  }
  return true;
}

/** Of the end of a text, too. */
function kindOf(code: number): number {
  return code < 128 ? KINDS[code]! : Number.isNaN(code) ? SPACE : WORD;
}

const NEXT = /\s*(?:\r?\n\s*(?!(?:else|catch|finally|while|as|satisfies|instanceof|in|of)\b)[\w$@#*/}]|$)/y;

function isOver(text: string, at: number): boolean {
  NEXT.lastIndex = at;
  return NEXT.test(text);
}

function behind(text: string, end: string, at: number): number {
  const found = text.indexOf(end, at);
  return found < 0 ? text.length : found + end.length - 1;
}

/**
 * Whether it matters that something is no string and no comment after all, but code behind an apostrophe or two strokes in
 * a template, an expression or between tags. What begins its line as comments for readers do is taken for one.
 */
function mayNest(text: string, begin: number, end: number): boolean {
  if (end - begin <= MAX_UNSEEN) return false;
  if (text.charAt(begin + 1) === "*" && /^[ \t]*$/.test(text.slice(text.lastIndexOf("\n", begin) + 1, begin)))
    return false;
  let signs = 0;
  for (let at = begin; at < end; at++) {
    const kind = kindOf(text.charCodeAt(at));
    if ((kind === SIGN || kind === OPENING) && ++signs > MAX_UNSEEN) return true;
  }
  return false;
}

/** So many signs and brackets may be overlooked. */
const MAX_UNSEEN = 100;

/** The end of the comment that begins at a stroke; the stroke, if none does. */
function behindComment(text: string, at: number): number {
  const next = text.charAt(at + 1);
  if (next === "/") return behind(text, "\n", at) - 1;
  return next === "*" ? behind(text, "*/", at + 2) : at;
}

/** A string ends with its line; what is no string but a word with an apostrophe does so too. */
function behindString(text: string, begin: number, quote: number): number {
  for (let at = begin + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote || code === NEWLINE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}
