import { equal } from "node:assert/strict";
import { suite, test } from "node:test";
import { newSuppression } from "../server/src/source/new-suppression.js";

suite("a comment that suppresses", () => {
  const after = (text: string, what: string, file = "/a.ts"): string | undefined => {
    const start = text.indexOf(what);
    const edit = newSuppression(text, { file, start, end: start + what.length }, "some-rule", "why");
    return edit && text.slice(0, edit.site.start) + edit.newText + text.slice(edit.site.end);
  };

  test("stands above the line, as far in, with the line ends of the file", () => {
    equal(after("f();\r\n\tg(x);\r\n", "x"), "f();\r\n\t// heddle-ignore-next-line some-rule: why\r\n\tg(x);\r\n");
    equal(after("g(x);", "g(x)"), "// heddle-ignore-next-line some-rule: why\ng(x);");
  });

  test("is in braces between the elements of JSX", () => {
    const text = "const a = (\n  <p>\n    {f()}\n  </p>\n);\n";
    equal(
      after(text, "f()", "/a.tsx"),
      "const a = (\n  <p>\n    {/* heddle-ignore-next-line some-rule: why */}\n    {f()}\n  </p>\n);\n",
    );
  });

  test("cannot stand in the middle of a template", () => {
    equal(after(`const a = \`one\n\${f()}\`;\n`, "f()"), undefined);
  });
});
