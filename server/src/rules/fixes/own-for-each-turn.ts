import type { Finding, Fix } from "../../finding.js";
import type { Program } from "../../program.js";
import type { Site } from "../../source/site.js";
import { gated } from "./gated.js";

/** `let` instead of `var`: each turn has a variable of its own. */
export function ownForEachTurn(program: Program, { file, start, end }: Site, finding: Finding): readonly Fix[] {
  return [gated(program, finding, file, "Declare it with `let`", [() => [{ start, end, newText: "let" }]])];
}
