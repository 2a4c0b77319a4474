/** A graph as it is shown: what its nodes and edges are called, and what is said of them. */
import type { Part } from "./parts.js";

export interface GraphNode {
  /** What tells it from others, now and later. */
  readonly key: string;
  readonly title: string;
  /** Below the title; empty for nothing. */
  readonly detail: string;
  readonly isRound: boolean;
  /** It is on a ring of bad edges. */
  readonly isBad: boolean;
  /** What is said of it. */
  readonly parts: readonly Part[];
}

export interface GraphEdge {
  /** Numbers of nodes. */
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly line: "solid" | "dashed" | "thick";
  readonly isBad: boolean;
  /** What is said of it: both places are among it. */
  readonly parts: readonly Part[];
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** What stands there instead of no nodes. */
  readonly empty: string;
  /** What is not drawn; empty for nothing. */
  readonly note: string;
}
