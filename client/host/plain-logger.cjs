/**
 * Stands in for VS Code's native logger, `@vscode/spdlog`, with the part of its interface that VS Code uses: it appends
 * at once and never rotates.
 */
const { appendFileSync, mkdirSync } = require("node:fs");
const { dirname } = require("node:path");

const levels = ["trace", "debug", "info", "warn", "error", "critical"];

class Logger {
  #file;
  #level = levels.indexOf("info");
  #bare = false;

  constructor(_type, _name, file) {
    this.#file = file;
  }
  getLevel() {
    return this.#level;
  }
  setLevel(level) {
    this.#level = level;
  }
  /** The message alone is wanted: VS Code formats the line itself. */
  clearFormatters() {
    this.#bare = true;
  }
  setPattern() {}
  flush() {}
  drop() {}

  static {
    levels.forEach((name, level) => {
      Logger.prototype[name] = function (message) {
        if (level < this.#level) return;
        const line = this.#bare ? message : `${new Date().toISOString()} [${name}] ${message}\n`;
        appendFileSync(this.#file, line);
      };
    });
  }
}

async function createLogger(name, file) {
  mkdirSync(dirname(file), { recursive: true });
  return new Logger("rotating", name, file);
}

// One by one, for VS Code imports it as an ES module and Node finds no other names.
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
