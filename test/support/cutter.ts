/** The thread of a `Cutter` (see redis-server.ts): passes on what clients and the server say, or nothing. */
import { connect, createServer, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

/** With their other ends. */
const sockets = new Map<Socket, Socket>();
let isClosed = false;
let target = workerData as number;

const server = createServer((socket) => {
  if (isClosed) return void socket.destroy();
  const other = connect(target, "127.0.0.1");
  pass(socket, other);
  pass(other, socket);
});

function pass(from: Socket, to: Socket): void {
  sockets.set(from, to);
  from.on("error", () => {});
  from.on("close", () => {
    sockets.delete(from);
    to.destroy();
  });
  from.pipe(to);
}

/** What comes in from now on goes nowhere, and neither end hears when the other one closes. */
function silence(from: Socket, to: Socket): void {
  from.unpipe(to).removeAllListeners("close").resume();
}

parentPort?.on("message", (command: "open" | "close" | "silence" | number) => {
  if (typeof command === "number") {
    target = command;
    return;
  }
  if (command === "silence") {
    for (const [from, to] of sockets) silence(from, to);
    return;
  }
  isClosed = command === "close";
  if (isClosed) for (const socket of sockets.keys()) socket.destroy();
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  parentPort?.postMessage(typeof address === "object" ? address?.port : 0);
});
