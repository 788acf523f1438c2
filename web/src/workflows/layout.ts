/**
 * Where the nodes of a workflow's graph stand: top to bottom in the order in which they are written, the boxes of a task
 * below it, what runs at once side by side. Pure: from the graph that the platform tells to places in pixels.
 */

import type { Infer } from '../../../lib/contracts/schema.ts';
import type { graphShape } from '../../../lib/contracts/workflow.contracts.ts';

export type Graph = Infer<typeof graphShape>;
export type GraphNode = Graph['nodes'][number];
type GraphEdge = Graph['edges'][number];
type GraphGroup = Graph['groups'][number];

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly edge: GraphEdge;
  readonly path: string;
  /** Where its label stands. */
  readonly at: { readonly x: number; readonly y: number };
}

export interface Layout {
  /** Where the drawing begins: nothing stands to the left of it. */
  readonly left: number;
  readonly width: number;
  readonly height: number;
  readonly nodes: ReadonlyMap<string, Box>;
  readonly groups: ReadonlyMap<string, Box>;
  readonly lines: readonly Line[];
}

export const NODE = { width: 210, height: 56 } as const;
const GAP = { x: 28, y: 34 } as const;
/** How the platform names the box of what undoes a task. */
const UNDO = 'undo';
const PAD = 16;
/** The ends are smaller than a task. */
const END_INSET = 12;
const TITLE = 22;
/** Lines that pass other nodes run to the right of everything in their list, each further out. */
const LANE = 16;

interface Size {
  readonly width: number;
  readonly height: number;
}

export function layoutOf(graph: Graph): Layout {
  const nodes = new Map<string, Box>();
  const groups = new Map<string, Box>();
  const inGroup = Map.groupBy(graph.nodes, node => node.group);
  const groupsOf = Map.groupBy(graph.groups, group => group.parent);

  const below = (node: GraphNode) => (groupsOf.get(node.id) ?? []).filter(({ title }) => title !== UNDO);
  const beside = (node: GraphNode) => (groupsOf.get(node.id) ?? []).filter(({ title }) => title === UNDO);

  /** A task, its boxes below it, and what undoes it beside it: as much room to the left, so that tasks stand in line. */
  const sizeOf = (node: GraphNode): Size => {
    const under = below(node).map(groupSize);
    const side = beside(node).map(groupSize);
    const sides = side.reduce<number>((sum, size) => sum + 2 * (size.width + GAP.x), NODE.width);
    const row = Math.max(NODE.height, ...side.map(size => size.height));
    if (under.length === 0) return { width: sides, height: row };
    const width = under.reduce((sum, size) => sum + size.width + GAP.x, -GAP.x);
    return {
      width: Math.max(sides, width),
      height: row + GAP.y + Math.max(...under.map(size => size.height)),
    };
  };
  const listSize = (list: readonly GraphNode[], parallel: boolean): Size => {
    const sizes = list.map(sizeOf);
    if (sizes.length === 0) return { width: NODE.width / 2, height: 8 };
    const [along, across] = parallel ? (['width', 'height'] as const) : (['height', 'width'] as const);
    const length =
      sizes.reduce((sum, size) => sum + size[along], 0) + (parallel ? GAP.x : GAP.y) * (sizes.length - 1);
    const breadth = Math.max(...sizes.map(size => size[across]));
    return parallel ? { width: length, height: breadth } : { width: breadth, height: length };
  };
  const groupSize = (group: GraphGroup): Size => {
    const { width, height } = listSize(inGroup.get(group.id) ?? [], group.parallel);
    return { width: width + 2 * PAD + LANE, height: height + 2 * PAD + TITLE };
  };

  const placeGroup = (group: GraphGroup, size: Size, x: number, y: number): void => {
    groups.set(group.id, { x, y, ...size });
    const inner = size.width - 2 * PAD - LANE;
    placeList(inGroup.get(group.id) ?? [], group.parallel, x + PAD, y + PAD + TITLE, inner);
  };
  const placeNode = (node: GraphNode, x: number, y: number, width: number): void => {
    const side = beside(node).map(groupSize);
    const row = Math.max(NODE.height, ...side.map(size => size.height));
    const own = { x: x + (width - NODE.width) / 2, y: y + (row - NODE.height) / 2, ...NODE };
    nodes.set(node.id, own);
    let right = own.x + NODE.width + GAP.x;
    beside(node).forEach((group, at) => {
      placeGroup(group, side[at]!, right, y);
      right += side[at]!.width + GAP.x;
    });
    const sizes = below(node).map(groupSize);
    let left = x + (width - sizes.reduce((sum, size) => sum + size.width + GAP.x, -GAP.x)) / 2;
    below(node).forEach((group, at) => {
      placeGroup(group, sizes[at]!, left, y + row + GAP.y);
      left += sizes[at]!.width + GAP.x;
    });
  };
  const placeList = (
    list: readonly GraphNode[],
    parallel: boolean,
    x: number,
    y: number,
    width: number,
  ): void => {
    let [left, top] = [x, y];
    for (const node of list) {
      const size = sizeOf(node);
      if (parallel) {
        placeNode(node, left, top, size.width);
        left += size.width + GAP.x;
      } else {
        placeNode(node, x, top, width);
        top += size.height + GAP.y;
      }
    }
  };

  const whole = inGroup.get(null) ?? [];
  const size = listSize(whole, false);
  placeList(whole, false, PAD, PAD, size.width);
  const bottoms = new Map(
    graph.nodes
      .filter(node => below(node).length > 0)
      .map(node => {
        const boxes = below(node).map(({ id }) => groups.get(id)!);
        return [node.id, Math.max(...boxes.map(box => box.y + box.height))] as const;
      }),
  );
  const { lines, right } = linesOf(graph, nodes, groups, bottoms, PAD + size.width);
  const left = Math.min(...[...nodes.values(), ...groups.values()].map(({ x }) => x)) - PAD;
  return { left, width: right + PAD, height: size.height + 2 * PAD, nodes, groups, lines };
}

/** Whether a line straight down would run over a task. */
function passesAny(
  nodes: ReadonlyMap<string, Box>,
  but: readonly string[],
  x: number,
  from: number,
  to: number,
): boolean {
  for (const [id, box] of nodes) {
    const middle = box.y + box.height / 2;
    const over = Math.abs(box.x + box.width / 2 - x) < NODE.width / 2;
    if (over && middle > from && middle < to && !but.includes(id)) return true;
  }
  return false;
}

function linesOf(
  graph: Graph,
  nodes: ReadonlyMap<string, Box>,
  groups: ReadonlyMap<string, Box>,
  bottoms: ReadonlyMap<string, number>,
  edgeOfAll: number,
) {
  const lines: Line[] = [];
  const undoes = new Set(graph.groups.filter(({ title }) => title === UNDO).map(({ id }) => id));
  const inset = (id: string) => (id === 'start' || id === 'end' ? END_INSET : 0);
  let right = edgeOfAll;
  for (const edge of graph.edges) {
    const from = nodes.get(edge.from);
    const target = nodes.get(edge.to) ?? groups.get(edge.to);
    // What undoes a task leads back to nothing.
    if (!from || !target || undoes.has(edge.to)) continue;
    if (edge.kind === 'undo') {
      const y = from.y + from.height / 2;
      const path = `M${from.x + from.width},${y} L${target.x},${target.y + target.height / 2}`;
      lines.push({ edge, path, at: { x: from.x + from.width + 4, y: y - 5 } });
      continue;
    }
    const toEnd = !nodes.has(edge.to) && edge.kind === 'flow';
    const x1 = from.x + from.width / 2;
    // What comes after a task with boxes leaves from below them.
    const y1 =
      edge.kind === 'flow'
        ? (bottoms.get(edge.from) ?? from.y + from.height - inset(edge.from))
        : from.y + from.height;
    const x2 = target.x + target.width / 2;
    const y2 = toEnd ? target.y + target.height : target.y + inset(edge.to);
    const near = y2 >= y1 - 1 && !passesAny(nodes, [edge.from, edge.to], x1, y1, y2);
    if (near || edge.kind !== 'flow' || toEnd) {
      const middle = (y1 + y2) / 2;
      lines.push({
        edge,
        path: `M${x1},${y1} C${x1},${middle} ${x2},${middle} ${x2},${y2}`,
        at: { x: x2 + 6, y: middle + 4 },
      });
      continue;
    }
    right += LANE;
    const y = from.y + from.height / 2;
    const into = target.y + target.height / 2;
    lines.push({
      edge,
      path: `M${from.x + from.width},${y} L${right - 6},${y} Q${right},${y} ${right},${y + Math.sign(into - y) * 6} L${right},${into - Math.sign(into - y) * 6} Q${right},${into} ${right - 6},${into} L${target.x + target.width},${into}`,
      at: { x: from.x + from.width + 6, y: y - 5 },
    });
  }
  return { lines, right };
}
