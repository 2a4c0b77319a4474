/**
 * What the analysis needs to know of `node:events` where the workspace has no `@types/node`.
 * https://nodejs.org/api/events.html
 */
export interface OnceOptions {
  signal?: unknown;
}

export class EventEmitter {
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  emit(event: string | symbol, ...args: any[]): boolean;
  listenerCount(event: string | symbol): number;
  off(event: string | symbol, listener: (...args: any[]) => void): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  once(event: string | symbol, listener: (...args: any[]) => void): this;
  removeAllListeners(event?: string | symbol): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
  setMaxListeners(n: number): this;
}

export default EventEmitter;

export function on(emitter: unknown, event: string | symbol, options?: OnceOptions): AsyncIterableIterator<any[]>;
export function once(emitter: unknown, event: string | symbol, options?: OnceOptions): Promise<any[]>;
