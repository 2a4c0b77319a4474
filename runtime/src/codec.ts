/** Values to bytes and back. */
import { Decoder } from "./decoder.js";
import { Encoder } from "./encoder.js";

let spare: Encoder | undefined;

/**
 * Encodes `value` and gives its bytes to `use`, for as long as that runs; `modules` are those the receiver needs.
 * @throws SerializationError with the place in the value and what to do
 */
export function encode<T>(value: unknown, use: (bytes: Uint8Array, modules: ReadonlySet<string>) => T): T {
  // A getter of the value may encode in its turn, which then takes an encoder of its own.
  const encoder = spare ?? new Encoder();
  spare = undefined;
  try {
    return use(encoder.encode(value), encoder.modules);
  } finally {
    spare = encoder;
  }
}

/** The value; takes over the references to shared objects that the message held. */
export function decode(bytes: Uint8Array): unknown {
  return new Decoder(bytes).read();
}
