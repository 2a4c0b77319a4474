/** What a pool is asked for whose workers somebody else starts. */
import { checkOptions } from "../../deadline.js";
import { Unsupported } from "../../errors.js";
import { checkedCount } from "../manager/manager.js";

interface Options {
  readonly name?: string | undefined;
  readonly workers?: number | undefined;
  readonly retries?: number | undefined;
}

/** With defaults for what need not be said. */
export interface CheckedOptions {
  readonly name: string;
  /** Undefined: as many as this machine has cores. */
  readonly size: number | undefined;
  readonly retries: number;
}

const RETRIES = 2;

/** What the workers of other pools are told when they begin, and these are not. */
const TOLD_WORKERS = ["initializer", "initargs", "maxTasksPerChild"];

/**
 * What is said in `pool(4, { name })` or in `pool({ workers: 4, name })`.
 * @throws RangeError a number is no whole one
 * @throws Unsupported an option is for workers that the pool starts
 */
export function checkedRemotePool<O extends Options>(
  workers: number | O | undefined,
  options?: O,
): CheckedOptions & { readonly options: Partial<O> } {
  const said: Partial<O> = options ?? (typeof workers === "object" ? workers : {});
  checkOptions(said, '{ name: "crawl" }');
  for (const option of TOLD_WORKERS) {
    if (option in said) {
      throw new Unsupported(
        `The workers of this pool begin when somebody runs "heddle worker", so there is no ${option}: what a worker does first stands in its module.`,
      );
    }
  }
  const size = typeof workers === "object" ? said.workers : (workers ?? said.workers);
  if (size !== undefined) checkedCount(size, "A pool has", 1);
  const retries = checkedCount(said.retries ?? RETRIES, "A task is retried", 0);
  return { name: said.name ?? "default", size, retries, options: said };
}
