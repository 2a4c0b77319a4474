/** A graph as a picture that stands for itself: no style sheet, no theme, no script. */
import { cutTitle, HEAD, headOf, layoutGraph, NODE_HEIGHT } from "./graph-layout.js";
import type { Graph, GraphEdge, GraphNode } from "./graph-model.js";
import { toText } from "./parts.js";

/** Dark on white: it is looked at in documents and issues, whatever the theme of the editor was. */
const INK = "#1f2328";
const MUTED = "#57606a";
const BAD = "#b3261e";
const PAPER = "#ffffff";
const FONT = "system-ui, sans-serif";

/** Of each node and edge it has what is said of it, which viewers show when one points there. */
export function graphSvg(graph: Graph): string {
  const layout = layoutGraph(graph);
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  const edges = graph.edges.map((edge, i) => edgeOf(edge, layout.edges[i]!));
  const nodes = graph.nodes.map((node, i) => nodeOf(node, layout.nodes[i]!));
  const style = `font-family="${FONT}" text-anchor="middle"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ${style}>`,
    `<rect width="${width}" height="${height}" fill="${PAPER}"/>`,
    ...edges,
    ...nodes,
    "</svg>",
    "",
  ].join("\n");
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function edgeOf({ line, label, isBad, parts }: GraphEdge, { path, x, y }: Place & { readonly path: string }): string {
  const colour = isBad ? BAD : MUTED;
  const width = line === "thick" ? 3 : isBad ? 2.5 : 1.5;
  const dashes = line === "dashed" ? ' stroke-dasharray="6 4"' : "";
  return group(parts, isBad, [
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}"${dashes}/>`,
    `<path d="${HEAD}" fill="${colour}" transform="${headOf(path)}"/>`,
    `<text x="${x}" y="${y - 5}" font-size="11" fill="${MUTED}" stroke="${PAPER}" stroke-width="4" paint-order="stroke">${escaped(cutTitle(label))}</text>`,
  ]);
}

function nodeOf(
  { title, detail, isRound, isBad, parts }: GraphNode,
  { x, y, width }: Place & { readonly width: number },
): string {
  const middle = x + width / 2;
  const frame = isBad ? `stroke="${BAD}" stroke-width="2.5"` : `stroke="${MUTED}"`;
  return group(parts, isBad, [
    `<rect x="${x}" y="${y}" width="${width}" height="${NODE_HEIGHT}" rx="${isRound ? NODE_HEIGHT / 2 : 3}" fill="#f6f8fa" ${frame}/>`,
    `<text x="${middle}" y="${y + (detail === "" ? 24 : 17)}" font-size="13" fill="${INK}">${escaped(cutTitle(title))}</text>`,
    ...(detail === ""
      ? []
      : [`<text x="${middle}" y="${y + 32}" font-size="11" fill="${MUTED}">${escaped(cutTitle(detail))}</text>`]),
  ]);
}

function group(parts: GraphNode["parts"], isBad: boolean, shapes: readonly string[]): string {
  const said = `${toText(parts)}${isBad ? ", on a ring" : ""}`;
  return `<g><title>${escaped(said)}</title>${shapes.join("")}</g>`;
}

/** What no XML may have, however it is written: a viewer would refuse the whole picture. */
const NO_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

function escaped(text: string): string {
  const legal = text.replaceAll(NO_XML, "\uFFFD");
  return legal.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
