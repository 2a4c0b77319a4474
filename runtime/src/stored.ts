/** Values that stay in shared memory: messages in blocks of the heap, read as copies. What containers keep. */
import { allocateBlock, bytes, freeBlock, words } from "./arena.js";
import { decode, discard, encode, retainShared } from "./codec.js";

/** A value as a message that is the caller's. @throws SerializationError */
export function messageOf(value: unknown): Uint8Array {
  return encode(value, (message) => message.slice());
}

/** The block of a message: its length, then its bytes. Takes over the references the message holds. */
function store(message: Uint8Array): number {
  const block = allocateBlock(4 + message.length);
  words[block] = message.length;
  bytes.set(message, (block + 1) * 4);
  return block;
}

/** The blocks of messages, all or none. */
export function storeAll(messages: readonly Uint8Array[]): number[] {
  const blocks: number[] = [];
  try {
    for (const message of messages) blocks.push(store(message));
    return blocks;
  } catch (error) {
    for (const block of blocks) freeBlock(block);
    for (const message of messages) discard(message);
    throw error;
  }
}

/** A copy of a stored message, to be decoded once. Under whatever keeps the block from being freed meanwhile. */
export function copyOf(block: number): Uint8Array {
  const message = view(block).slice();
  retainShared(message);
  return message;
}

/** The message itself, for as long as the block is not freed. */
export function view(block: number): Uint8Array {
  const start = (block + 1) * 4;
  return bytes.subarray(start, start + (words[block] ?? 0));
}

/** The value of a block that nobody else can reach any more, which goes. */
export function takeOut(block: number): unknown {
  const message = view(block).slice();
  freeBlock(block);
  return decode(message);
}

/** Drops a block that nobody else can reach any more. */
export function dropStored(block: number): void {
  if (block === 0) return;
  const message = view(block).slice();
  freeBlock(block);
  discard(message);
}
