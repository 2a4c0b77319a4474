import { ts } from "./syntax.js";

/** The calls in a piece of a file that are given what `text` names, itself or as a member of an object. */
export function callsGiven(
  file: ts.SourceFile,
  within: { readonly start: number; readonly end: number },
  text: string,
): readonly { readonly start: number; readonly end: number }[] {
  const found: { readonly start: number; readonly end: number }[] = [];
  const isIt = (node: ts.Expression): boolean => {
    if (!ts.isObjectLiteralExpression(node)) return node.getText(file) === text;
    return node.properties.some((member) => {
      if (ts.isShorthandPropertyAssignment(member)) return member.name.text === text;
      return ts.isPropertyAssignment(member) && isIt(member.initializer);
    });
  };
  const visit = (node: ts.Node): void => {
    if (node.end <= within.start || node.pos >= within.end) return;
    const isCall = ts.isCallExpression(node) || ts.isNewExpression(node);
    if (isCall && node.arguments?.some(isIt)) found.push({ start: node.getStart(file), end: node.end });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
