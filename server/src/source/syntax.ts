/** The compiler's namespace, as ts-morph carries it. Only this folder knows where it comes from. */
export { ts } from "ts-morph";
