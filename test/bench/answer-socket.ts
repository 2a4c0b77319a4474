/**
 * What the timeline's worker says goes to a page in a browser as it is: numbers as bytes, over a socket of its own. Through
 * the browser's remote control each frame would be text, and that is all one would measure.
 */
import { createHash } from "node:crypto";
import type { Server } from "node:http";
import type { Duplex } from "node:stream";

/** What the standard has everybody answer the key with. */
const WEB_SOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1;
const BINARY = 2;

type NumberArray = Int32Array | Uint16Array;

/** One page's end. */
export class AnswerSocket {
  readonly #stream: Duplex;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(stream: Duplex, heard: (message: unknown) => void) {
    this.#stream = stream;
    stream.on("data", (bytes: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      for (let message = this.#next(); message !== undefined; message = this.#next()) {
        if (message.kind === TEXT) heard(JSON.parse(message.payload.toString()));
      }
    });
    // The browser is closed some time.
    stream.on("error", () => undefined);
  }

  /** Resolves when a page has come. */
  static async on(server: Server, heard: (message: unknown) => void): Promise<AnswerSocket> {
    return new Promise((resolve) => {
      server.once("upgrade", ({ headers }, stream) => {
        const key = createHash("sha1").update(`${headers["sec-websocket-key"]}${WEB_SOCKET}`).digest("base64");
        stream.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
        );
        resolve(new AnswerSocket(stream, heard));
      });
    });
  }

  /** The message as text, in which arrays of numbers are their places behind it. */
  send(message: unknown): void {
    const arrays: NumberArray[] = [];
    const text = JSON.stringify(message, (_, value: unknown) => {
      if (!(value instanceof Int32Array || value instanceof Uint16Array)) return value;
      arrays.push(value);
      return { $: value instanceof Int32Array ? 4 : 2, length: value.length };
    });
    // Arrays of numbers begin at whole words.
    const head = Buffer.from(text + " ".repeat(-Buffer.byteLength(text) & 3));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(head.length);
    const bodies = arrays.map(({ buffer, byteOffset, byteLength }) =>
      Buffer.concat([Buffer.from(buffer, byteOffset, byteLength), Buffer.alloc(-byteLength & 3)]),
    );
    const payload = Buffer.concat([size, head, ...bodies]);
    this.#stream.write(headerOf(payload.length));
    this.#stream.write(payload);
  }

  /** Pages mask what they send, and send it in one piece. */
  #next(): { readonly kind: number; readonly payload: Buffer } | undefined {
    const rest = this.#rest;
    if (rest.length < 6) return undefined;
    const short = rest[1]! & 0x7f;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (rest.length < start + 4) return undefined;
    const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    const from = start + 4;
    if (rest.length < from + length) return undefined;
    const payload = Buffer.from(rest.subarray(from, from + length));
    for (let i = 0; i < length; i++) payload[i]! ^= rest[start + (i & 3)]!;
    this.#rest = rest.subarray(from + length);
    return { kind: rest[0]! & 0xf, payload };
  }
}

/** Of a binary message. Its length stands in as few bytes as it takes. */
function headerOf(length: number): Buffer {
  const size = length < 126 ? 0 : length < 0x10000 ? 2 : 8;
  const header = Buffer.alloc(2 + size);
  header.writeUInt8(0x80 | BINARY, 0);
  header.writeUInt8(size === 0 ? length : size === 2 ? 126 : 127, 1);
  if (size === 2) header.writeUInt16BE(length, 2);
  if (size === 8) header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** A script for the page: says `toHost` through the socket, and hands over what comes as VS Code does. */
export const ANSWERS_BY_SOCKET = `{
  const socket = new WebSocket("ws://" + location.host);
  socket.binaryType = "arraybuffer";
  const waiting = [];
  globalThis.toHost = (message) => {
    const text = JSON.stringify(message);
    if (socket.readyState === 1) socket.send(text);
    else waiting.push(text);
  };
  globalThis.toKeep = () => {};
  socket.onopen = () => waiting.forEach((text) => socket.send(text));
  socket.onmessage = ({ data }) => {
    const size = new DataView(data).getUint32(0, true);
    let at = 4 + size;
    const text = new TextDecoder().decode(new Uint8Array(data, 4, size));
    const message = JSON.parse(text, (_, value) => {
      if (value?.$ === undefined) return value;
      const { $: bytes, length } = value;
      const array = new (bytes === 4 ? Int32Array : Uint16Array)(data, at, length);
      at += Math.ceil((length * bytes) / 4) * 4;
      return array;
    });
    window.postMessage(message, "*", [data]);
  };
}`;
