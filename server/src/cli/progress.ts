import type { WriteStream } from "node:tty";

/**
 * One line on the terminal about what takes long. It is written before the work, since the engine works without
 * pause, and wiped when the work is done; nothing is ever written into a file or pipe.
 */
export class Progress {
  readonly #terminal: WriteStream | undefined;
  #shown = false;

  constructor(stream: WriteStream) {
    this.#terminal = stream.isTTY ? stream : undefined;
  }

  show(text: string): void {
    this.#terminal?.write(`\r\x1b[Kheddle: ${text} …`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.#terminal?.write("\r\x1b[K");
    this.#shown = false;
  }
}
