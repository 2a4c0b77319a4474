/** The thread of a `Cutter` (see redis-server.ts): passes on what clients and the server say, or nothing. */
import { connect, createServer, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const sockets = new Set<Socket>();
let isClosed = false;

const server = createServer((socket) => {
  if (isClosed) return void socket.destroy();
  const other = connect(workerData as number, "127.0.0.1");
  pass(socket, other);
  pass(other, socket);
});

function pass(from: Socket, to: Socket): void {
  sockets.add(from);
  from.on("error", () => {});
  from.on("close", () => {
    sockets.delete(from);
    to.destroy();
  });
  from.pipe(to);
}

parentPort?.on("message", (command: "open" | "close") => {
  isClosed = command === "close";
  if (isClosed) for (const socket of sockets) socket.destroy();
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  parentPort?.postMessage(typeof address === "object" ? address?.port : 0);
});
