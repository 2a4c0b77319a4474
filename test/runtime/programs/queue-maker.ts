/** Makes a queue, and knocks at its socket without the key. */
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "heddle";
import { Queue } from "heddle/process";

main(import.meta.url, async () => {
  const before = new Set(readdirSync(tmpdir()));
  const queue = new Queue<number>();
  queue.put(1);
  const folder = readdirSync(tmpdir()).find((name) => name.startsWith("heddle-") && !before.has(name)) ?? "";
  console.log(folder);
  const path = join(tmpdir(), folder, "socket");
  if ((statSync(join(tmpdir(), folder)).mode & 0o077) !== 0) console.log("others may enter");
  for (const [name, bytes] of [
    ["stranger", Buffer.concat([Buffer.from([64, 0, 0, 0]), Buffer.alloc(64, 7)])],
    ["foreign", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ] as const) {
    const socket = connect(path);
    socket.resume();
    socket.on("error", () => {});
    socket.write(bytes);
    await once(socket, "close", { signal: AbortSignal.timeout(20_000) });
    console.log(`${name}: closed`);
  }
  if (queue.get() !== 1) console.log("lost");
});
