import { type StdioOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Command, oneOf, UsageError } from "./arguments.js";
import { loaderFor, scriptAt } from "./script.js";

const drivers = ["redis", "ioredis"] as const;
/** Where the worker finds what to do: not among its arguments, which all users of a machine can read. */
const variable = "HEDDLE_WORKER";

/** `heddle worker`: a process that does tasks of a pool elsewhere. */
export const worker: Command = {
  name: "worker",
  operands: "",
  summary: "does tasks of a pool whose programs run elsewhere",
  options: {
    url: {
      value: "url",
      text: "the server where the tasks wait: redis://name:password@host:port, rediss://…, amqp://name:password@host:port/vhost, amqps://…",
    },
    module: { value: "file", multiple: true, text: "a module that registers tasks; may be given several times" },
    pool: { value: "name", text: "the name of the pool (default: default)" },
    driver: {
      value: drivers.join("|"),
      text: "the package that speaks with Redis (default: the one that is installed)",
    },
  },
  details: `It does one task at a time, and only functions that the modules given, or what they import, register with
tasks(). Start as many as the machine has cores. SIGINT and SIGTERM let it finish its task first; a
task that it was killed in is another worker's, with Redis after the lease, and so is one whose
result the server does not take within five seconds after that.

Exit codes: 0 told to stop, 2 bad usage, or a server that cannot be reached.`,
  async run(args) {
    if (args.operands.length > 0)
      throw new UsageError(`worker takes no operand; did you mean --module ${args.operands[0]}?`);
    const url = args.value("url");
    if (url === undefined)
      throw new UsageError("worker needs a server: heddle worker --url redis://host --module work.js");
    if (!/^(rediss?|amqps?):\/\/./.test(url)) {
      throw new UsageError(
        `worker knows servers of Redis, redis://host:port, and RabbitMQ, amqp://host:port, and not ${url.replace(/^([a-z][a-z0-9+.-]*:)?\/*.*@/is, "$1//").replace(/[?#].*$/s, "")}`,
      );
    }
    const driver = args.value("driver");
    if (driver !== undefined && url.startsWith("amqp")) {
      throw new UsageError("RabbitMQ has one driver, the package amqplib: leave --driver out.");
    }
    const modules = args.values("module").map(scriptAt);
    const [first] = modules;
    if (first === undefined) throw new UsageError("worker needs a module with tasks: --module work.js");
    const options = driver === undefined ? {} : { driver: oneOf("driver", driver, drivers) };
    const plan = JSON.stringify({ url, pool: args.value("pool") ?? "default", modules, options, lifeline });
    const flags = new Set(modules.flatMap((path) => loaderFor(path).join(" ")));
    const loader = [...flags].filter((flag) => flag !== "").flatMap((flag) => flag.split(" "));
    return run([...loader, workerFor(first)], plan);
  },
};

/** Of the copy of the runtime that the module's own tasks belong to. */
function workerFor(path: string): string {
  try {
    const entry = pathToFileURL(createRequire(path).resolve("heddle/process"));
    const file = fileURLToPath(new URL("./engine/pool-worker.js", entry));
    if (existsSync(file)) return file;
  } catch {
    // It is not there at all.
  }
  throw new UsageError(`beside ${path} there is no package heddle that has workers: npm install heddle`);
}

/** The descriptor by which the worker hears of this process's end, whatever that is. */
const lifeline = 3;

/** Resolves to the exit code. */
async function run(args: readonly string[], plan: string): Promise<number> {
  const stdio: StdioOptions = ["inherit", "inherit", "inherit", "pipe"];
  const child = spawn(process.execPath, args, { stdio, env: { ...process.env, [variable]: plan } });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGTERM", forward).on("SIGHUP", forward);
  // A terminal sends it to the worker as well, for which a second one is the end; to lose its lifeline it may hear twice.
  process.on("SIGINT", () => child.stdio[lifeline]?.destroy());
  return new Promise((settle, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => settle(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
