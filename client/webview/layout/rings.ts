/**
 * For each node the number of its ring: of the nodes that lead to each other; 0: it is on none. Takes as long as there
 * are nodes and edges (Tarjan 1972), and no deeper stack for longer ways.
 */
export function ringsOf(
  count: number,
  edges: readonly { readonly from: number; readonly to: number }[],
): readonly number[] {
  const next = Array.from({ length: count }, (): number[] => []);
  for (const { from, to } of edges) next[from]?.push(to);
  const rings = new Array<number>(count).fill(0);
  /** When each node was come to, from 1 on; and the earliest of those on the stack that it leads to. */
  const reached = new Uint32Array(count);
  const lowest = new Uint32Array(count);
  const isOpen = new Uint8Array(count);
  const open: number[] = [];
  let time = 0;
  const enter = (node: number): { readonly node: number; at: number } => {
    reached[node] = lowest[node] = ++time;
    isOpen[node] = 1;
    open.push(node);
    return { node, at: 0 };
  };
  const close = (root: number): void => {
    const members = open.splice(open.lastIndexOf(root));
    const isRing = members.length > 1 || next[root]!.includes(root);
    const ring = isRing ? 1 + members.reduce((least, node) => Math.min(least, node)) : 0;
    for (const node of members) {
      isOpen[node] = 0;
      rings[node] = ring;
    }
  };
  for (let start = 0; start < count; start++) {
    if (reached[start] !== 0) continue;
    const way = [enter(start)];
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const { node } = step;
      const to = next[node]![step.at++];
      if (to === undefined) {
        way.pop();
        if (lowest[node] === reached[node]) close(node);
        const before = way.at(-1)?.node;
        if (before !== undefined) lowest[before] = Math.min(lowest[before]!, lowest[node]!);
      } else if (reached[to] === 0) way.push(enter(to));
      else if (isOpen[to] === 1) lowest[node] = Math.min(lowest[node]!, reached[to]!);
    }
  }
  return rings;
}
