import type { Project } from "../../server/src/source/project.js";
import { ts } from "../../server/src/source/syntax.js";
import { repositoryRoot } from "./repository.js";

/** The cases of rule pages pretend to stand here, so that `heddle` and Node's types resolve as they do in a workspace. */
export const pageDirectory = new URL("out/pages", repositoryRoot).pathname;

/** A workspace with a case of a page in it, and no file yet. */
export const pageProject: Project = {
  configFile: undefined,
  directory: pageDirectory,
  files: [],
  declarations: [],
  options: {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    types: ["node"],
    allowJs: true,
    strict: true,
    noEmit: true,
  },
  problems: [],
};
