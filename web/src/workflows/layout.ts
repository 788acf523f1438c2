/**
 * Where the nodes of a workflow's graph stand: top to bottom in the order in which they are written, the boxes of a task
 * below it, what runs at once side by side. Pure: from the graph that the platform tells to places in pixels.
 */
export interface GraphNode {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly label: string;
  readonly group: string | null;
  readonly compensates: boolean;
  readonly approval: boolean;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string | null;
  readonly kind: 'flow' | 'inside' | 'undo';
}

export interface GraphGroup {
  readonly id: string;
  readonly title: string;
  readonly parent: string;
  readonly parallel: boolean;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly groups: readonly GraphGroup[];
}

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
  readonly width: number;
  readonly height: number;
  readonly nodes: ReadonlyMap<string, Box>;
  readonly groups: ReadonlyMap<string, Box>;
  readonly lines: readonly Line[];
}

export const NODE = { width: 210, height: 56 } as const;
const GAP = { x: 28, y: 34 } as const;
const PAD = 16;
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

  /** A task and its boxes below it. */
  const sizeOf = (node: GraphNode): Size => {
    const own = groupsOf.get(node.id) ?? [];
    if (own.length === 0) return NODE;
    const sizes = own.map(groupSize);
    const width = sizes.reduce((sum, size) => sum + size.width, 0) + GAP.x * (own.length - 1);
    const height = Math.max(...sizes.map(size => size.height));
    return { width: Math.max(NODE.width, width), height: NODE.height + GAP.y + height };
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

  const placeNode = (node: GraphNode, x: number, y: number, width: number): void => {
    nodes.set(node.id, { x: x + (width - NODE.width) / 2, y, ...NODE });
    const own = groupsOf.get(node.id) ?? [];
    const sizes = own.map(groupSize);
    let left = x + (width - sizes.reduce((sum, size) => sum + size.width + GAP.x, -GAP.x)) / 2;
    own.forEach((group, at) => {
      const size = sizes[at]!;
      const top = y + NODE.height + GAP.y;
      groups.set(group.id, { x: left, y: top, ...size });
      placeList(
        inGroup.get(group.id) ?? [],
        group.parallel,
        left + PAD,
        top + PAD + TITLE,
        size.width - 2 * PAD - LANE,
      );
      left += size.width + GAP.x;
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
    graph.nodes.map(node => [node.id, nodes.get(node.id)!.y + sizeOf(node).height] as const),
  );
  const { lines, right } = linesOf(graph, nodes, groups, bottoms, PAD + size.width);
  return { width: right + PAD, height: size.height + 2 * PAD, nodes, groups, lines };
}

function linesOf(
  graph: Graph,
  nodes: ReadonlyMap<string, Box>,
  groups: ReadonlyMap<string, Box>,
  bottoms: ReadonlyMap<string, number>,
  edgeOfAll: number,
) {
  const lines: Line[] = [];
  let right = edgeOfAll;
  for (const edge of graph.edges) {
    const from = nodes.get(edge.from);
    const target = nodes.get(edge.to) ?? groups.get(edge.to);
    if (!from || !target) continue;
    const toEnd = !nodes.has(edge.to) && edge.kind === 'flow';
    const x1 = from.x + from.width / 2;
    // What comes after a task with boxes leaves from below them.
    const y1 = edge.kind === 'flow' ? (bottoms.get(edge.from) ?? from.y + from.height) : from.y + from.height;
    const x2 = target.x + target.width / 2;
    const y2 = toEnd ? target.y + target.height : target.y;
    const near = y2 >= y1 - 1 && y2 - y1 < GAP.y * 1.6;
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
