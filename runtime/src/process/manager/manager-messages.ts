/**
 * What a manager's clients and its server say to each other. A request is its number, what it asks for, the number of an
 * object, and for a call the encoded list of the method's name and its arguments; an answer the request's number, how it
 * went, and an encoded value or error. Numbers have 32 bits, the least byte first.
 */

/** What a request asks for. Calls alone are answered, and each exactly once. */
export const ASKS = {
  call: 1,
  /** The client waits no more for the answer to the call of this number: an item that it got goes back. */
  cancel: 2,
  /** The item in the answer to the call of this number is the client's. Until then it goes back if the client ends. */
  keep: 3,
  /** A proxy of the object is on its way to another client, which claims it. */
  pin: 4,
  /** The client has one more proxy of the object, which came with a message, and for which it was pinned. */
  claim: 5,
  /** As `claim`, of an object that stays pinned. */
  hold: 6,
  /** The client has one proxy less. */
  drop: 7,
  /** To ring at the bell of that number, which stands in place of an object, now and when the call of this number is answered. */
  ring: 8,
} as const;

/** How a call went. */
export const ANSWERS = { value: 0, error: 1, cancelled: 2 } as const;

/** What a bell says of a call, by its number, in place of how it went. */
export const RINGS = {
  /** It is under way, and the bell rings again when it is answered. */
  noted: 0,
  /** Its answer is on its way. */
  answered: 1,
} as const;

/** The object that makes all others. */
export const MANAGER = 0;

const NUMBER_AT = 0;
const ASKS_AT = 4;
const OBJECT_AT = 5;
const STATUS_AT = 4;

/** Free bytes in front of what `requestOf` is given. */
export const CALL_OFFSET = 9;
/** Free bytes in front of what `answerOf` is given. */
export const ANSWER_OFFSET = 5;

export interface Request {
  readonly number: number;
  readonly asks: number;
  readonly object: number;
  /** The encoded list of a call. */
  readonly call: Uint8Array<ArrayBuffer>;
}

/** `message` has the encoded list behind CALL_OFFSET free bytes, if there is one. */
export function requestOf(
  number: number,
  asks: number,
  object: number,
  message: Uint8Array<ArrayBuffer> = new Uint8Array(CALL_OFFSET),
): Uint8Array<ArrayBuffer> {
  const view = new DataView(message.buffer, message.byteOffset);
  view.setUint32(NUMBER_AT, number, true);
  view.setUint8(ASKS_AT, asks);
  view.setUint32(OBJECT_AT, object, true);
  return message;
}

/** @throws RangeError it is too short */
export function readRequest(message: Uint8Array<ArrayBuffer>): Request {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return {
    number: view.getUint32(NUMBER_AT, true),
    asks: view.getUint8(ASKS_AT),
    object: view.getUint32(OBJECT_AT, true),
    call: message.subarray(CALL_OFFSET),
  };
}

export interface Answer {
  readonly number: number;
  readonly status: number;
  /** The encoded value or error. */
  readonly content: Uint8Array;
}

/** `message` has the content behind ANSWER_OFFSET free bytes. */
export function answerOf(
  number: number,
  status: number,
  message: Uint8Array<ArrayBuffer> = new Uint8Array(ANSWER_OFFSET),
): Uint8Array<ArrayBuffer> {
  new DataView(message.buffer, message.byteOffset).setUint32(NUMBER_AT, number, true);
  message[STATUS_AT] = status;
  return message;
}

export function readAnswer(message: Uint8Array): Answer {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return {
    number: view.getUint32(NUMBER_AT, true),
    status: view.getUint8(STATUS_AT),
    content: message.subarray(ANSWER_OFFSET),
  };
}
