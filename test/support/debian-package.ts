/** Packages of Debian that tests need: root gets them installed where they are missing. */
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { run } from "../../client/host/run.js";

const APT = "/usr/bin/apt-get";
/** Seconds: another suite's package may be on its way, and the largest takes minutes on a slow machine. */
const LOCK_TIMEOUT = 300;
/** Milliseconds: `apt-get update` has a lock that it does not wait for, and mirrors fail at times. */
const DEADLINE = 300_000;
const PAUSE = 3000;

/** Installs the package, without starting the service that it may bring. Does nothing on other systems, or for other users than root. */
export async function installDebianPackage(name: string): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync(APT)) return;
  console.log(`Installing ${name} with apt-get, once …`);
  // Scripts of packages start no service in the runlevel of a single user.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const lock = ["-o", `DPkg::Lock::Timeout=${LOCK_TIMEOUT}`];
  const end = performance.now() + DEADLINE;
  for (;;) {
    try {
      await run(APT, [...lock, "update"], { env });
      await run(APT, [...lock, "install", "-y", "--no-install-recommends", name], { env });
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await pause(PAUSE);
    }
  }
}
