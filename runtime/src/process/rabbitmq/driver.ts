/** As much of `amqplib` as is used here. It is the program's, and loaded when it is needed. */
import { StateError } from "../../errors.js";
import { importPeer } from "../engine/peer.js";

/** A message as it is delivered. */
export interface Message {
  readonly content: Uint8Array;
  readonly fields: { readonly deliveryTag: number; readonly redelivered: boolean };
  readonly properties: { readonly headers?: Readonly<Record<string, unknown>>; readonly messageId?: string };
}

/** What the server says of a queue. */
interface QueueState {
  /** How many items nobody has. */
  readonly messageCount: number;
}

export interface Channel {
  on(event: "error", hear: (error: Error) => void): void;
  on(event: "close", hear: () => void): void;
  on(event: "return", hear: (message: Message) => void): void;
  assertQueue(name: string, options: object): Promise<QueueState>;
  checkQueue(name: string): Promise<QueueState>;
  prefetch(count: number): Promise<unknown>;
  /** `hear` gets null when the server ends it, as when the queue is deleted. */
  consume(name: string, hear: (message: Message | null) => void, options: object): Promise<unknown>;
  cancel(consumer: string): Promise<unknown>;
  get(name: string): Promise<Message | false>;
  ack(message: Message): void;
  nack(message: Message, upTo: boolean, requeue: boolean): void;
  close(): Promise<unknown>;
}

export interface ConfirmChannel extends Channel {
  publish(exchange: string, key: string, content: Uint8Array, options: object, confirm: (error: unknown) => void): void;
}

export interface Connection {
  on(event: "error", hear: (error: Error) => void): void;
  on(event: "close" | "unblocked", hear: () => void): void;
  on(event: "blocked", hear: (reason: string) => void): void;
  createChannel(): Promise<Channel>;
  createConfirmChannel(): Promise<ConfirmChannel>;
  close(): Promise<unknown>;
  readonly connection: {
    readonly serverProperties: { readonly product?: string; readonly version?: string };
    readonly stream: { destroy(error: Error): void };
  };
}

export type Connect = (url: string, options: object) => Promise<Connection>;

/** @throws StateError it is not installed */
export async function loadDriver(): Promise<Connect> {
  const module = await importPeer("amqplib");
  if (module === undefined) throw new StateError("RabbitMQ needs a driver that is not installed: npm install amqplib.");
  return (module.connect ?? (module.default as typeof module).connect) as Connect;
}
