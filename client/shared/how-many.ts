import type { CounterNow } from "./snapshot.js";

/** How many there are: `37 of 64`, `5 messages`, `3 of 4 busy`. */
export function howMany({ object, count, room }: CounterNow): string {
  const number = count.toLocaleString("en-US");
  const all = room === 0 ? number : `${number} of ${room.toLocaleString("en-US")}`;
  if (object.kind === "pool") return `${all} busy`;
  return room > 0 ? all : `${number} ${count === 1 ? "message" : "messages"}`;
}
