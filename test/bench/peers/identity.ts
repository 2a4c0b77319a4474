/** The task that does nothing, for pools that want a module with a default export. */
export default function identity(n: number): number {
  return n;
}
