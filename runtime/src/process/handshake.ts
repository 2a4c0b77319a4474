/**
 * Who connects and who is called show each other that they know the same key, and nobody else hears it: each answers the
 * other's random number with an HMAC-SHA256 of both. The side that answers is named in it, so that no answer can be sent
 * back to where it came from.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { AuthenticationError, ConnectionClosedError } from "../errors.js";
import { FrameReader, headerOf } from "./frames.js";

const GREETING = Buffer.from("heddle 1\n");
const NONCE_BYTES = 32;
/** What a stranger may send before it is known. */
const LONGEST = 128;
/** Milliseconds for the whole of it: who says nothing, or a byte now and then, is not waited for. */
const PATIENCE = 10_000;

/** For who was called. The socket is paused then. @throws AuthenticationError @throws ConnectionClosedError the line broke */
export async function admit(socket: Socket, key: Uint8Array): Promise<void> {
  const mine = randomBytes(NONCE_BYTES);
  write(socket, Buffer.concat([GREETING, mine]));
  const answer = await nextFrame(socket);
  const theirs = answer.subarray(0, NONCE_BYTES);
  const mac = answer.subarray(NONCE_BYTES);
  if (!isSame(mac, macOf(key, "caller", mine, theirs))) {
    write(socket, new Uint8Array(0)); // "no", and nothing more
    throw new AuthenticationError("A caller does not know the key.");
  }
  write(socket, macOf(key, "called", theirs, mine));
}

/** For who connects. The socket is paused then. @throws AuthenticationError @throws ConnectionClosedError the line broke */
export async function introduce(socket: Socket, key: Uint8Array): Promise<void> {
  const { answer, check } = answerGreeting(await nextFrame(socket), key);
  write(socket, answer);
  check(await nextFrame(socket));
}

/**
 * What who connects says to the greeting of who is called, and how it looks at what comes back.
 * @throws AuthenticationError the other side is none of ours, or does not know the key
 */
export function answerGreeting(
  greeting: Uint8Array,
  key: Uint8Array,
): { readonly answer: Uint8Array<ArrayBuffer>; check(mac: Uint8Array): void } {
  if (greeting.length !== GREETING.length + NONCE_BYTES || !isSame(greeting.subarray(0, GREETING.length), GREETING)) {
    throw new AuthenticationError("What answers at this address is none of Heddle's servers.");
  }
  const theirs = greeting.subarray(GREETING.length);
  const mine = randomBytes(NONCE_BYTES);
  return {
    answer: new Uint8Array(Buffer.concat([mine, macOf(key, "caller", theirs, mine)])),
    check(mac) {
      if (mac.length === 0) throw new AuthenticationError("The server has another authkey.");
      if (isSame(mac, macOf(key, "called", mine, theirs))) return;
      throw new AuthenticationError("The server does not prove that it knows the key.");
    },
  };
}

function macOf(key: Uint8Array, side: "caller" | "called", first: Uint8Array, second: Uint8Array): Buffer {
  return createHmac("sha256", key).update(side).update(first).update(second).digest();
}

function isSame(given: Uint8Array, expected: Uint8Array): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function write(socket: Socket, message: Uint8Array): void {
  socket.write(Buffer.concat([headerOf(message.length), message]));
}

/** The next message. There is none behind it, because both sides take turns. */
function nextFrame(socket: Socket): Promise<Uint8Array> {
  const frames = new FrameReader(LONGEST);
  let found: Uint8Array | undefined;
  return new Promise<Uint8Array>((resolve, reject) => {
    const timer = setTimeout(
      () => leave(() => reject(new ConnectionClosedError("The other side is silent."))),
      PATIENCE,
    );
    const leave = (settle: () => void): void => {
      clearTimeout(timer);
      socket.pause();
      socket.off("data", heard).off("error", failed).off("close", lost).off("end", lost);
      settle();
    };
    const heard = (piece: Uint8Array): void => {
      try {
        frames.push(piece, (message) => {
          if (found !== undefined) throw new RangeError("The other side speaks out of turn.");
          found = message;
        });
      } catch (error) {
        leave(() => reject(error));
        return;
      }
      if (found !== undefined && !frames.isPartial) leave(() => resolve(found as Uint8Array));
    };
    const lost = (): void => leave(() => reject(new ConnectionClosedError("The other side has hung up.")));
    const failed = (error: Error): void => {
      leave(() => reject(new ConnectionClosedError(`The line broke: ${error.message}`, { cause: error })));
    };
    socket.on("data", heard).on("error", failed).on("close", lost).on("end", lost);
    socket.resume();
  });
}
