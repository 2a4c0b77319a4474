/** A coloured name; line and start count from 0. */
export interface NamedToken {
  readonly line: number;
  readonly start: number;
  readonly length: number;
  readonly type: string;
  readonly modifiers: readonly string[];
}

/** The tokens of others with the modifiers of ours at the same names, and ours where others say nothing, in their order. */
export function withModifiers(others: readonly NamedToken[], ours: readonly NamedToken[]): readonly NamedToken[] {
  const keyOf = ({ line, start }: NamedToken): string => `${line}:${start}`;
  const all = new Map(others.map((token) => [keyOf(token), token]));
  for (const token of ours) {
    const other = all.get(keyOf(token));
    const modifiers = [...new Set([...(other?.modifiers ?? []), ...token.modifiers])];
    if (other?.length === token.length) all.set(keyOf(token), { ...other, modifiers });
    else if (!others.some((each) => overlap(each, token))) all.set(keyOf(token), token);
  }
  return [...all.values()].sort((a, b) => a.line - b.line || a.start - b.start);
}

function overlap(a: NamedToken, b: NamedToken): boolean {
  return a.line === b.line && a.start < b.start + b.length && b.start < a.start + a.length;
}
