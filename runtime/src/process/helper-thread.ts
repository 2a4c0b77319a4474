/**
 * The helper of a thread that uses processes: a worker that starts and watches child processes and has the sockets of
 * connections, so that the thread itself may block. It loads nothing of the user's.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer, isIP, Socket } from "node:net";
import { constants } from "node:os";
import process from "node:process";
import { connect as connectSecurely, type TLSSocket } from "node:tls";
import { parentPort, workerData } from "node:worker_threads";
import { freeBlock, words } from "../arena.js";
import { AuthenticationError, ConnectionClosedError } from "../errors.js";
import { notify, pause } from "../futex.js";
import { writeAll } from "../host/node-output.js";
import { Broker } from "./broker.js";
import { FrameReader, headerOf } from "./frames.js";
import { introduce } from "./handshake.js";
import {
  ANY,
  type Answer,
  type Command,
  ENDED,
  type EndBoot,
  EVENTS,
  GONE,
  type HelperBoot,
  LIFELINE,
  MOST_UNREAD,
  MOST_UNSENT,
  PROCESS_EXIT,
  PROCESS_STATE,
  type ProcessBoot,
  type QueueMade,
  RUNNING,
  UNREAD,
  UNSENT,
  UNSENT_ALL,
  WORK,
} from "./helper-commands.js";
import { addressOf, SILENCE, type Target } from "./manager/address.js";
import { PoolDesk, type Seat } from "./pool-desk.js";
import { privatePath } from "./private-path.js";

/** Milliseconds between the request to end and the end, for a process whose parent is gone. */
const GRACE = 2000;

const { at: helper, port, isChild } = workerData as HelperBoot;

const children = new Map<number, ChildProcess>();
const ends = new Map<number, End>();

/** Something changed at this word: whoever waits for it, or for anything, looks again. */
function changed(index: number): void {
  // Pairs with the waits of Process and Connection on the word, and of `wait` on ANY.
  notify(index);
  Atomics.add(words, helper + ANY, 1);
  notify(helper + ANY);
}

function changedFor(signal: number): void {
  Atomics.add(words, signal, 1);
  changed(signal);
}

function answer(message: Answer): void {
  port.postMessage(message);
  changed(helper + ANY);
}

/** One end of a connection: its socket here, what arrives and how much is on its way there. */
class End {
  readonly #boot: EndBoot;
  readonly socket: Socket;
  readonly #frames = new FrameReader();
  #isClosed = false;
  #isOver = false;
  #keepsWords = false;
  #isAbandoned = false;
  #seat: Seat | undefined;
  #unsent = 0;
  #flushed: (() => void)[] = [];

  constructor(boot: EndBoot, socket: Socket) {
    this.#boot = boot;
    this.socket = socket;
    socket.on("data", (piece) => this.#arrived(piece));
    socket.on("end", () => this.#gone());
    socket.on("error", () => this.#gone()); // a peer that ended without a close
    socket.on("close", () => {
      this.#gone();
      this.#isOver = true;
      this.#forget();
    });
  }

  /** From here on a desk's: what arrives is for the seat, and not for the thread. */
  employ(seat: Seat): void {
    this.#seat = seat;
    if (this.#isOver) seat.end();
    else this.socket.once("close", () => seat.end());
    this.read();
  }

  /** Begins to read, or goes on. */
  read(): void {
    this.socket.resume();
  }

  /** Sends a message of which nobody keeps count. */
  post(message: Uint8Array): void {
    if (this.socket.destroyed) return;
    this.socket.cork();
    this.socket.write(headerOf(message.length));
    this.socket.write(message);
    this.socket.uncork();
  }

  send(message: Uint8Array): void {
    this.#unsent += message.length;
    const sent = (): void => this.#sent(message.length);
    this.socket.cork();
    this.socket.write(headerOf(message.length));
    this.socket.write(message, sent);
    this.socket.uncork();
  }

  /** The end of the thread does not wait for what is unsent. */
  abandon(): void {
    if (!this.#isAbandoned) Atomics.sub(words, helper + UNSENT_ALL, this.#unsent);
    this.#isAbandoned = true;
    changed(this.#boot.at + EVENTS);
  }

  /** Resolves when the system has taken all that was sent. */
  async flush(): Promise<void> {
    if (this.#unsent > 0) await new Promise<void>((resolve) => this.#flushed.push(resolve));
  }

  /** The thread has let go of it. What it sent still arrives. */
  close(keepsWords: boolean): void {
    this.#isClosed = true;
    this.#keepsWords = keepsWords;
    this.socket.destroySoon();
    this.#forget();
  }

  /** Another process has the socket now. A shutdown would be for both. */
  giveAway(): void {
    this.#isClosed = true;
    this.socket.destroy();
  }

  #arrived(piece: Uint8Array): void {
    const { at } = this.#boot;
    try {
      this.#frames.push(piece, (message) => {
        if (this.#seat !== undefined) return this.#seat.hear(message);
        if (this.#isClosed) return;
        const { length } = message;
        this.#boot.port.postMessage(message, [message.buffer]);
        Atomics.add(words, at + UNREAD, length);
        this.#event();
      });
    } catch {
      this.socket.destroy(); // not one of ours at the other end
      return;
    }
    if (Atomics.load(words, at + UNREAD) > MOST_UNREAD) this.socket.pause();
  }

  #sent(length: number): void {
    this.#unsent -= length;
    if (!this.#isAbandoned) Atomics.sub(words, helper + UNSENT_ALL, length);
    if (!this.#isOver || !this.#isClosed) Atomics.sub(words, this.#boot.at + UNSENT, length);
    if (this.#unsent === 0) for (const resume of this.#flushed.splice(0)) resume();
    if (this.#unsent <= MOST_UNSENT) this.#event();
  }

  #gone(): void {
    if (this.#isOver) return;
    Atomics.store(words, this.#boot.at + GONE, 1);
    this.#event();
  }

  #event(): void {
    if (this.#isOver) return;
    Atomics.add(words, this.#boot.at + EVENTS, 1);
    changed(this.#boot.at + EVENTS);
  }

  /** When both the thread and the system are done with it, nobody looks at its words any more. */
  #forget(): void {
    if (!this.#isClosed || !this.#isOver) return;
    if (ends.delete(this.#boot.id) && !this.#keepsWords) freeBlock(this.#boot.at);
    this.#boot.port.close();
  }
}

function addEnd(boot: EndBoot, socket: Socket): void {
  ends.set(boot.id, new End(boot, socket));
}

/** Two sockets that are connected with each other. */
function connectedSockets(): Promise<[Socket, Socket]> {
  const { path, folder } = privatePath();
  return new Promise<[Socket, Socket]>((resolve, reject) => {
    // Neither reads before it is asked to: what has been read here could not be given to another process.
    const server = createServer({ pauseOnConnect: true });
    const caller = new Socket();
    caller.pause();
    server.on("error", reject);
    caller.on("error", reject);
    server.on("connection", (socket) => {
      server.close();
      caller.off("error", reject);
      resolve([caller, socket]);
    });
    server.listen(path, () => caller.connect(path));
  }).finally(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
}

async function makePipe(boots: readonly [EndBoot, EndBoot]): Promise<void> {
  const [first, second] = await connectedSockets();
  addEnd(boots[0], first);
  addEnd(boots[1], second);
}

async function startProcess({ id, at, args, env, work, ends: given }: ProcessBoot): Promise<number> {
  const taken = given.map((end) => ends.get(end)).filter((end) => end !== undefined);
  for (const end of taken) await end.flush();
  if (taken.some(({ socket }) => socket.destroyed)) {
    throw new ConnectionClosedError("A connection that the process was to be given is closed at its other end.");
  }
  const child = spawn(process.execPath, [...args], {
    env,
    stdio: ["ignore", "inherit", "inherit", "pipe", ...taken.map(({ socket }) => socket)],
    windowsHide: true,
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
  children.set(id, child);
  Atomics.store(words, at + PROCESS_STATE, RUNNING);
  child.on("error", () => {}); // a signal that came too late
  child.once("exit", (code, signal) => {
    children.delete(id);
    Atomics.store(words, at + PROCESS_EXIT, code ?? -(signal === null ? 0 : constants.signals[signal]));
    Atomics.store(words, at + PROCESS_STATE, ENDED);
    changed(at + PROCESS_STATE);
  });
  const lifeline = child.stdio[LIFELINE] as Socket;
  lifeline.on("error", () => {}); // it ended before it took its work
  lifeline.write(headerOf(work.length));
  lifeline.write(work);
  for (const end of taken) end.giveAway();
  return pid;
}

/** What a connect fails with where nobody listens. */
const NOBODY = ["ENOENT", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"];
/** Milliseconds to wait for the system to connect. */
const CONNECT_PATIENCE = 10_000;

let broker: Promise<Broker> | undefined;

/** A queue of this thread's broker, which starts with the first one. */
async function makeQueue(maxsize: number): Promise<QueueMade> {
  broker ??= Broker.start().catch((error: unknown) => {
    broker = undefined; // the next queue may have more luck
    throw error;
  });
  const started = await broker;
  return { ...started.address, queue: started.makeQueue(maxsize) };
}

async function connectTo(target: Target, key: Uint8Array, tls: object | undefined, boot: EndBoot): Promise<void> {
  let socket: Socket | undefined;
  try {
    socket = tls === undefined ? await plainSocket(target) : await secureSocket(target, tls);
    await introduce(socket, key);
  } catch (error) {
    socket?.destroy();
    const Kind = [AuthenticationError, ConnectionClosedError].find((each) => error instanceof each) ?? Error;
    throw new Kind(`No connection to ${addressOf(target)}: ${error instanceof Error ? error.message : String(error)}`);
  }
  addEnd(boot, socket);
}

/** The same by TLS. @throws AuthenticationError the server's certificate is not accepted, or it speaks no TLS */
async function secureSocket(target: Target, tls: object): Promise<TLSSocket> {
  const plain = await plainSocket(target);
  const name = "host" in target && isIP(target.host) === 0 ? { servername: target.host } : {};
  // Where to connect is not the options' to say.
  const secure = connectSecurely({ ...name, ...tls, ...target, path: undefined, socket: plain });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("it does not answer")), CONNECT_PATIENCE);
      secure.once("error", reject).once("close", () => reject(new Error("it has hung up")));
      secure.once("secureConnect", resolve);
    });
    return secure.pause();
  } catch (error) {
    secure.destroy();
    plain.destroy();
    throw new AuthenticationError(`No TLS with the manager: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

async function plainSocket(target: Target): Promise<Socket> {
  const socket = new Socket().pause();
  socket.setNoDelay(true);
  socket.setKeepAlive(true, SILENCE);
  let timer: ReturnType<typeof setTimeout> | undefined;
  await new Promise<void>((resolve, reject) => {
    // A host that is not there would not say so for minutes.
    timer = setTimeout(() => reject(new ConnectionClosedError("Nobody answers at this address.")), CONNECT_PATIENCE);
    socket.once("error", reject).connect(target, resolve);
  })
    .catch((error: NodeJS.ErrnoException) => {
      socket.destroy();
      if (!NOBODY.includes(error.code ?? "")) throw error;
      throw new ConnectionClosedError(`${error.message}.`);
    })
    .finally(() => clearTimeout(timer));
  return socket;
}

const desks = new Map<number, PoolDesk>();

/** A process and the end of its line become a worker of a pool. */
function employ(desk: number, end: number, pid: number): void {
  const line = ends.get(end);
  if (line === undefined) return;
  const seat = desks.get(desk)?.employ({ send: (message) => line.post(message) }, pid);
  if (seat === undefined) return;
  line.employ(seat);
  const child = [...children.values()].find((candidate) => candidate.pid === pid);
  if (child === undefined) seat.end();
  else child.once("exit", () => seat.end());
}

/** In a child: takes its work from the line to its parent, and ends this process when the line does. */
function followParent(): void {
  const lifeline = new Socket({ fd: LIFELINE });
  const frames = new FrameReader();
  lifeline.on("data", (piece) => {
    frames.push(piece, (work) => answer({ ticket: WORK, value: work }));
  });
  lifeline.on("error", () => {}); // `close` follows
  lifeline.on("close", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), GRACE);
  });
}

async function obey(command: Command): Promise<unknown> {
  switch (command.do) {
    case "spawn":
      return startProcess(command.process);
    case "signal":
      return children.get(command.process)?.kill(command.signal);
    case "makeDesk":
      return void desks.set(command.desk, new PoolDesk(command.port, () => changedFor(command.signal)));
    case "employ":
      return employ(command.desk, command.end, command.pid);
    case "task":
      return desks.get(command.desk)?.add(command.number, command.message);
    case "withdraw":
      return desks.get(command.desk)?.withdraw(command.number) ?? false;
    case "countTasks":
      return desks.get(command.desk)?.waiting ?? 0;
    case "closeDesk":
      return desks.get(command.desk)?.close();
    case "dropTasks":
      return desks.get(command.desk)?.dropTasks();
    case "removeDesk":
      return void desks.delete(command.desk);
    case "queue":
      return makeQueue(command.maxsize);
    case "connect":
      return connectTo(command.target, command.key, command.tls, command.end);
    case "pipe":
      return makePipe(command.ends);
    case "open":
      return addEnd(command.end, new Socket({ fd: command.descriptor }).pause());
    case "read":
      return ends.get(command.end)?.read();
    case "abandon":
      return ends.get(command.end)?.abandon();
    case "close":
      return ends.get(command.end)?.close(command.isWaitedFor);
    case "send":
      return ends.get(command.end)?.send(command.message);
  }
}

parentPort?.on("message", (command: Command) => {
  const done = obey(command);
  if (!("ticket" in command)) {
    // A helper that ended would leave everybody waiting.
    done.catch((error: unknown) => writeAll(2, Buffer.from(`heddle: ${command.do} failed: ${error}\n`), pause));
    return;
  }
  const { ticket } = command;
  done.then(
    (value) => answer({ ticket, value }),
    ({ message, code }: NodeJS.ErrnoException) => answer({ ticket, error: { message, code } }),
  );
});

if (isChild) followParent();
