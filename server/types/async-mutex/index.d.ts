/**
 * What the analysis needs to know of `async-mutex` where the workspace has not installed it.
 * https://github.com/DirtyHairy/async-mutex
 */
export interface MutexInterface {
  acquire(priority?: number): Promise<MutexInterface.Releaser>;
  runExclusive<T>(callback: MutexInterface.Worker<T>, priority?: number): Promise<T>;
  waitForUnlock(priority?: number): Promise<void>;
  isLocked(): boolean;
  release(): void;
  cancel(): void;
}

export declare namespace MutexInterface {
  type Releaser = () => void;
  type Worker<T> = () => Promise<T> | T;
}

export declare class Mutex implements MutexInterface {
  constructor(cancelError?: Error);
  acquire(priority?: number): Promise<MutexInterface.Releaser>;
  runExclusive<T>(callback: MutexInterface.Worker<T>, priority?: number): Promise<T>;
  waitForUnlock(priority?: number): Promise<void>;
  isLocked(): boolean;
  release(): void;
  cancel(): void;
}

export interface SemaphoreInterface {
  acquire(weight?: number, priority?: number): Promise<[number, SemaphoreInterface.Releaser]>;
  runExclusive<T>(callback: SemaphoreInterface.Worker<T>, weight?: number, priority?: number): Promise<T>;
  waitForUnlock(weight?: number, priority?: number): Promise<void>;
  isLocked(): boolean;
  getValue(): number;
  setValue(value: number): void;
  release(weight?: number): void;
  cancel(): void;
}

export declare namespace SemaphoreInterface {
  type Releaser = () => void;
  type Worker<T> = (value: number) => Promise<T> | T;
}

export declare class Semaphore implements SemaphoreInterface {
  constructor(value: number, cancelError?: Error);
  acquire(weight?: number, priority?: number): Promise<[number, SemaphoreInterface.Releaser]>;
  runExclusive<T>(callback: SemaphoreInterface.Worker<T>, weight?: number, priority?: number): Promise<T>;
  waitForUnlock(weight?: number, priority?: number): Promise<void>;
  isLocked(): boolean;
  getValue(): number;
  setValue(value: number): void;
  release(weight?: number): void;
  cancel(): void;
}

export declare function withTimeout(sync: MutexInterface, timeout: number, timeoutError?: Error): MutexInterface;
export declare function withTimeout(
  sync: SemaphoreInterface,
  timeout: number,
  timeoutError?: Error,
): SemaphoreInterface;
export declare function tryAcquire(sync: MutexInterface, alreadyAcquiredError?: Error): MutexInterface;
export declare function tryAcquire(sync: SemaphoreInterface, alreadyAcquiredError?: Error): SemaphoreInterface;

export declare const E_TIMEOUT: Error;
export declare const E_ALREADY_LOCKED: Error;
export declare const E_CANCELED: Error;
