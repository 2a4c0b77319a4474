import { readFileSync, statSync, writeFileSync } from "node:fs";

type Encoding = "utf8" | "utf8-bom" | "utf16le" | "utf16be";

/**
 * The text of a file as editors see it: without byte order mark, UTF-16 decoded by its mark, and bytes that are no
 * UTF-8 as U+FFFD. Blocks. Throws the `fs` error when the file cannot be read; what is no regular file (a pipe, a
 * device) is refused, since opening it could wait for ever.
 */
export function readText(file: string): string {
  return decode(readBytes(file)).text;
}

/**
 * Writes a text back in the encoding its file has now, byte order mark included. Returns false, and writes nothing,
 * when the file holds bytes that are no text in that encoding: writing would destroy them. Blocks; throws the `fs`
 * error.
 */
export function writeText(file: string, text: string): boolean {
  const bytes = readBytes(file);
  const { text: before, encoding } = decode(bytes);
  if (!encode(before, encoding).equals(bytes)) return false;
  writeFileSync(file, encode(text, encoding));
  return true;
}

function readBytes(file: string): Buffer {
  const stats = statSync(file);
  if (!stats.isFile()) {
    const code = stats.isDirectory() ? "EISDIR" : "EINVAL";
    const what = stats.isDirectory() ? "is a directory" : "is not a regular file";
    throw Object.assign(new Error(`${code}: ${what}, read '${file}'`), { code, path: file });
  }
  return readFileSync(file);
}

function decode(bytes: Buffer): { text: string; encoding: Encoding } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: bytes.toString("utf16le", 2), encoding: "utf16le" };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    // swap16 works in place and refuses an odd length, so it gets a copy without a stray last byte.
    const swapped = Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2))).swap16();
    return { text: swapped.toString("utf16le"), encoding: "utf16be" };
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return { text: bytes.toString("utf8", 3), encoding: "utf8-bom" };
  }
  return { text: bytes.toString("utf8"), encoding: "utf8" };
}

function encode(text: string, encoding: Encoding): Buffer {
  switch (encoding) {
    case "utf8":
      return Buffer.from(text, "utf8");
    case "utf8-bom":
      return Buffer.from(`\ufeff${text}`, "utf8");
    case "utf16le":
      return Buffer.from(`\ufeff${text}`, "utf16le");
    case "utf16be":
      return Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  }
}
