import { ts } from "../source/syntax.js";

/** Where a file has which names, read off it in one walk when somebody asks for the first. */
export class NamePlaces {
  readonly #file: ts.SourceFile;
  #byName: Map<string, ts.Identifier[]> | undefined;

  constructor(file: ts.SourceFile) {
    this.#file = file;
  }

  /** All identifiers of a name, in the order of the text, whatever they mean. */
  of(name: string): readonly ts.Identifier[] {
    this.#byName ??= this.#read();
    return this.#byName.get(name) ?? [];
  }

  #read(): Map<string, ts.Identifier[]> {
    const byName = new Map<string, ts.Identifier[]>();
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) {
        const places = byName.get(node.text);
        if (places) places.push(node);
        else byName.set(node.text, [node]);
      }
      ts.forEachChild(node, visit);
    };
    visit(this.#file);
    return byName;
  }
}
