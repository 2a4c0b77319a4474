/**
 * What clients and broker of queues between processes say to each other. A request is its number, the queue's, what to do
 * and what that needs; an answer the request's number, how it went, and an item perhaps. All integers have 32 bits, the
 * least byte first. Items are messages that the broker does not look into.
 */

/** What a request asks for. PUT and GET have a timeout in milliseconds, a 64-bit float, PUT the item behind it. */
export const ASKS = {
  /** Adds an item, and is answered when there was room or the time is up. */
  put: 1,
  /** Adds an item to a queue that always has room, without an answer. */
  send: 2,
  get: 3,
  /** The item that this request got is the client's. Until then it goes back to the queue if the client ends. */
  keep: 4,
  /** The client waits for this request no more; an item that it got goes back. */
  cancel: 5,
  size: 6,
  taskDone: 7,
  join: 8,
} as const;

/** How it went. */
export const ANSWERS = { done: 0, late: 1, refused: 2 } as const;

const NUMBER_AT = 0;
const QUEUE_AT = 4;
const ASKS_AT = 8;
const TIMEOUT_AT = 9;
const ITEM_AT = 17;
const STATUS_AT = 4;
const PAYLOAD_AT = 5;

/** A request, as read by the broker. */
export interface BrokerRequest {
  readonly number: number;
  readonly queue: number;
  readonly asks: number;
  readonly timeout: number;
  readonly item: Uint8Array<ArrayBuffer>;
}

/** Free bytes in front of an item that `requestOf` is given. */
export const ITEM_OFFSET = ITEM_AT;

/** `message` has the item behind ITEM_OFFSET free bytes, if there is one. */
export function requestOf(
  number: number,
  queue: number,
  asks: number,
  timeout = 0,
  message: Uint8Array<ArrayBuffer> = new Uint8Array(ITEM_AT),
): Uint8Array<ArrayBuffer> {
  const view = new DataView(message.buffer, message.byteOffset);
  view.setUint32(NUMBER_AT, number, true);
  view.setUint32(QUEUE_AT, queue, true);
  view.setUint8(ASKS_AT, asks);
  view.setFloat64(TIMEOUT_AT, timeout, true);
  return message;
}

/** @throws RangeError it is too short */
export function readRequest(message: Uint8Array<ArrayBuffer>): BrokerRequest {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return {
    number: view.getUint32(NUMBER_AT, true),
    queue: view.getUint32(QUEUE_AT, true),
    asks: view.getUint8(ASKS_AT),
    timeout: view.getFloat64(TIMEOUT_AT, true),
    item: message.subarray(ITEM_AT),
  };
}

export function answerOf(
  number: number,
  status: number,
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(PAYLOAD_AT + payload.length);
  new DataView(message.buffer).setUint32(NUMBER_AT, number, true);
  message[STATUS_AT] = status;
  message.set(payload, PAYLOAD_AT);
  return message;
}

/** An answer, as read by the client. */
export interface BrokerAnswer {
  readonly number: number;
  readonly status: number;
  readonly payload: Uint8Array;
}

export function readAnswer(message: Uint8Array): BrokerAnswer {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return {
    number: view.getUint32(NUMBER_AT, true),
    status: view.getUint8(STATUS_AT),
    payload: message.subarray(PAYLOAD_AT),
  };
}
