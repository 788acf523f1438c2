// Protects: the graph of a run can be read: no task covers another, boxes hold their tasks, what comes later stands lower.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { graphOf } from '../../../lib/core/workflow/graph.ts';
import { type Box, layoutOf } from '../../../web/src/workflows/layout.ts';

const WORKFLOWS = join(import.meta.dirname, '../../../workflows');

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const holds = (outer: Box, inner: Box) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

describe('the layout of a graph', () => {
  for (const file of readdirSync(WORKFLOWS).filter(each => each.endsWith('.yaml')))
    it(`of ${file} can be read`, () => {
      const graph = graphOf(parse(readFileSync(join(WORKFLOWS, file), 'utf8')) as never);
      const { nodes, groups, lines, width, height } = layoutOf(graph);
      expect(nodes.size).to.equal(graph.nodes.length);
      const boxes = [...nodes.values()];
      for (const [at, box] of boxes.entries())
        for (const other of boxes.slice(at + 1)) expect(overlap(box, other)).to.equal(false);
      for (const node of graph.nodes)
        if (node.group !== null)
          expect(holds(groups.get(node.group)!, nodes.get(node.id)!), node.id).to.equal(true);
      for (const box of [...boxes, ...groups.values()])
        expect(holds({ x: 0, y: 0, width, height }, box)).to.equal(true);
      const top = graph.nodes.filter(({ group }) => group === null).map(({ id }) => nodes.get(id)!.y);
      expect(top).to.deep.equal(top.toSorted((a, b) => a - b));
      for (const { path } of lines) expect(path).to.not.match(/NaN|undefined/);
    });
});
