/** The two libraries with one interface: a program moves from one to the other by one line. */
import * as dummy from "heddle/dummy";
import * as processes from "heddle/process";

export type Library = typeof processes & { readonly name: string };

export const libraries: readonly Library[] = [
  { ...processes, name: "heddle/process" },
  { ...(dummy as unknown as typeof processes), name: "heddle/dummy" },
];
