import { ts } from "../source/syntax.js";
import { isUse } from "./executors.js";
import { nodesIn } from "./file-nodes.js";

type Name = ts.Identifier | ts.PrivateIdentifier;

/** Where a file has which names, read off it in one walk when somebody asks for the first. */
export class NamePlaces {
  readonly #file: ts.SourceFile;
  #byName: Map<string, Name[]> | undefined;

  constructor(file: ts.SourceFile) {
    this.#file = file;
  }

  /** All identifiers of a name, in the order of the text, whatever they mean. */
  of(name: string): readonly Name[] {
    this.#byName ??= this.#read();
    return this.#byName.get(name) ?? [];
  }

  /** The places in `root` where a variable of this name is used; not where a member is called so. */
  usesOf(name: string, root: ts.Node): readonly ts.Identifier[] {
    return this.of(name).filter(
      (node): node is ts.Identifier =>
        root.pos <= node.pos && node.end <= root.end && ts.isIdentifier(node) && isUse(node),
    );
  }

  #read(): Map<string, Name[]> {
    const byName = new Map<string, Name[]>();
    for (const node of nodesIn(this.#file).outerFirst) {
      if (!ts.isIdentifier(node) && !ts.isPrivateIdentifier(node)) continue;
      const places = byName.get(node.text);
      if (places) places.push(node);
      else byName.set(node.text, [node]);
    }
    return byName;
  }
}
