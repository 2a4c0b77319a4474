/** A program with one defect of the rule below and nothing else: two threads add to one number. */
export const lostUpdate = `import { main, SharedValue, Thread, tasks } from "heddle";

const total = new SharedValue("i32", 0, { name: "total" });

export function work(times: number) {
  for (let i = 0; i < times; i++) {
    total.value += 1;
  }
}

tasks(import.meta.url, { work });

main(import.meta.url, () => {
  const threads = [new Thread({ target: work, args: [9] }), new Thread({ target: work, args: [9] })];
  for (const thread of threads) thread.start();
  for (const thread of threads) thread.join();
});
`;

export const lostUpdateRule = "unguarded-shared-mutation";

/** Where the finding begins, 0-based. */
export const lostUpdateLine = 6;

/** The statement of the finding, and one in its place that does the same without a defect. */
export const lostUpdateStatement = "total.value += 1;";
export const atomicStatement = "total.add(1);";

export const withoutLostUpdate = lostUpdate.replace(lostUpdateStatement, atomicStatement);
