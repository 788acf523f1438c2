/** A workflow's diagram: its graph written in Mermaid. What undoes a step is said on the step. */
import { type Graph, type GraphNode, graphOf } from './graph.ts';
import type { JsonObject } from './jq/value.ts';

export function mermaid(definition: JsonObject): string {
  const graph = graphOf(definition);
  const undoing = new Set(graph.groups.filter(each => each.title === 'undo').map(each => each.id));
  const ids = new Map<string, string>();
  for (const node of graph.nodes)
    ids.set(node.id, node.kind === 'start' ? 'start' : node.kind === 'end' ? 'finish' : `n${ids.size}`);
  const boxes = new Map(graph.groups.map((group, i) => [group.id, `b${i + 1}`]));
  const out = ['flowchart TD', '  start([start])', '  finish([end])'];
  const groupOf = new Map(graph.nodes.map(node => [node.id, node.group]));
  const draw = (group: string | null, indent: string): void => {
    const box = group === null ? undefined : boxes.get(group);
    for (const node of graph.nodes.filter(each => each.group === group)) {
      if (node.kind !== 'start' && node.kind !== 'end')
        out.push(`${indent}${ids.get(node.id)!}${shapeOf(node)}`);
      for (const { id, title, parallel } of graph.groups.filter(each => each.parent === node.id)) {
        if (undoing.has(id)) continue;
        out.push(`${indent}subgraph ${boxes.get(id)!}["${clean(title)}"]`, `${indent}  direction TB`);
        out.push(`${indent}  ${boxes.get(id)!}s(( ))`, `${indent}  ${boxes.get(id)!}e(( ))`);
        for (const head of headsOf(graph, id, parallel))
          out.push(`${indent}  ${boxes.get(id)!}s --> ${ids.get(head)!}`);
        draw(id, `${indent}  `);
        out.push(`${indent}end`, `${indent}${ids.get(node.id)!} -.-> ${boxes.get(id)!}`);
      }
    }
    for (const { from, to, label, kind } of graph.edges) {
      if (kind !== 'flow' || groupOf.get(from) !== group || (box === undefined && group !== null)) continue;
      const target = ids.get(to) ?? `${boxes.get(to)!}e`;
      out.push(`${indent}${ids.get(from)!} -->${label === null ? '' : `|${clean(label)}|`} ${target}`);
    }
  };
  draw(null, '  ');
  return `${out.join('\n')}\n`;
}

function headsOf({ nodes }: Graph, group: string, parallel: boolean): string[] {
  const inside = nodes.filter(each => each.group === group).map(each => each.id);
  return parallel ? inside : inside.slice(0, 1);
}

function shapeOf({ kind, name, label, compensates, approval }: GraphNode): string {
  const undo = compensates ? '<br/>undo' : '';
  const asks = approval ? '<br/>a person decides' : '';
  const text = `"${clean(name)}<br/><small>${clean(label)}</small>${undo}${asks}"`;
  if (kind === 'switch') return `{${text}}`;
  return kind === 'wait' || kind === 'listen' ? `([${text}])` : `[${text}]`;
}

function clean(text: string): string {
  return text
    .replace(/["`<>{}|]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 80);
}
