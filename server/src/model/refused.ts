import { ts } from "../source/syntax.js";
import { engines, isRefusedSomewhere } from "./catalogue/index.js";
import { siteOf, unwrap } from "./declarations.js";
import type { Refused } from "./events.js";
import type { FunctionScope } from "./function-scope.js";

/** Names of calls that want an error. */
const WANTS_ERROR = /throws|rejects|expect/i;

/** `rabbit.lock()`: what the server behind a manager, or a queue, cannot do. */
export function refusedAt(node: ts.CallExpression, scope: FunctionScope): Refused | undefined {
  const { symbols } = scope.context;
  const callee = unwrap(node.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const symbol = symbols.symbolAt(callee);
  const member = symbol && symbols.key(symbol);
  if (member === undefined || !isRefusedSomewhere(member)) return undefined;
  const object = unwrap(callee.expression);
  const known = symbols.classOfType(symbols.typeOf(object));
  const server = known && engines.get(known.key);
  const why = server?.unsupported.get(member);
  if (why === undefined || isExpected(node)) return undefined;
  const declaration = symbols.symbolAt(object)?.valueDeclaration;
  const isOwn = declaration !== undefined && !declaration.getSourceFile().isDeclarationFile;
  return {
    kind: "refused",
    text: callee.getText(),
    server: server!.name,
    why,
    of: isOwn ? siteOf(declaration) : scope.site(object),
    site: scope.site(node),
  };
}

/** Whether somebody asks just whether it fails: a `try` around it, or a test. */
function isExpected(node: ts.Node): boolean {
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isTryStatement(parent) && parent.tryBlock === at && parent.catchClause) return true;
    const wants =
      ts.isCallExpression(parent) && parent.expression !== at && WANTS_ERROR.test(parent.expression.getText());
    if (wants) return true;
    if (ts.isFunctionLike(at)) return false;
  }
  return false;
}
