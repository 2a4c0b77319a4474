/**
 * What the analysis needs to know of `node:worker_threads` where the workspace has no `@types/node`.
 * https://nodejs.org/api/worker_threads.html
 */
export interface WorkerOptions {
  argv?: unknown[];
  env?: unknown;
  eval?: boolean;
  execArgv?: string[];
  name?: string;
  resourceLimits?: unknown;
  stderr?: boolean;
  stdin?: boolean;
  stdout?: boolean;
  trackUnmanagedFds?: boolean;
  transferList?: unknown[];
  workerData?: any;
}

export class Worker {
  constructor(filename: string | URL, options?: WorkerOptions);
  readonly threadId: number;
  readonly performance: unknown;
  readonly resourceLimits?: unknown;
  readonly stderr: any;
  readonly stdin: any;
  readonly stdout: any;
  on(event: string, listener: (...args: any[]) => void): this;
  once(event: string, listener: (...args: any[]) => void): this;
  off(event: string, listener: (...args: any[]) => void): this;
  postMessage(value: any, transferList?: readonly unknown[]): void;
  ref(): void;
  terminate(): Promise<number>;
  unref(): void;
}

export class MessagePort {
  close(): void;
  on(event: string, listener: (...args: any[]) => void): this;
  once(event: string, listener: (...args: any[]) => void): this;
  off(event: string, listener: (...args: any[]) => void): this;
  postMessage(value: any, transferList?: readonly unknown[]): void;
  ref(): void;
  start(): void;
  unref(): void;
}

export class MessageChannel {
  readonly port1: MessagePort;
  readonly port2: MessagePort;
}

export class BroadcastChannel {
  constructor(name: string);
  readonly name: string;
  onmessage: ((message: any) => void) | null;
  onmessageerror: ((message: any) => void) | null;
  close(): void;
  postMessage(message: any): void;
}

export const SHARE_ENV: unique symbol;
export const isMainThread: boolean;
export const parentPort: MessagePort | null;
export const resourceLimits: unknown;
export const threadId: number;
export const workerData: any;

export function getEnvironmentData(key: unknown): any;
export function isMarkedAsUntransferable(object: unknown): boolean;
export function markAsUntransferable(object: unknown): void;
export function moveMessagePortToContext(port: MessagePort, context: unknown): MessagePort;
export function receiveMessageOnPort(port: MessagePort): { message: any } | undefined;
export function setEnvironmentData(key: unknown, value?: unknown): void;
