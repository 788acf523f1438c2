/** A flame graph (Gregg 2011) as SVG: width is time, height is depth of calls, colour is the part of the system. */
import { COLOURS, escapeXml, svg, text } from '../svg.ts';
import { type Frame, PART_NAMES } from './cpu-profile.ts';

const WIDTH = 1_200;
const ROW = 16;
const TOP = 40;
const LEGEND_COLUMNS = 4;
const LEGEND_ROW = 18;
/** Frames narrower than this are left out, pixels. */
const LEAST_WIDTH = 0.6;
const MOST_DEPTH = 48;
const CHARACTER_WIDTH = 6.2;

export function flameGraph(title: string, root: Frame): string {
  const boxes: string[] = [];
  let deepest = 0;
  const scale = WIDTH / root.total;
  const place = (frame: Frame, x: number, depth: number) => {
    const width = frame.total * scale;
    if (width < LEAST_WIDTH || depth > MOST_DEPTH) return;
    deepest = Math.max(deepest, depth);
    if (depth >= 0) boxes.push(box(frame, x, depth, width, frame.total / root.total));
    let at = x;
    for (const child of [...frame.children.values()].sort((a, b) => b.total - a.total)) {
      place(child, at, depth + 1);
      at += child.total * scale;
    }
  };
  place(root, 0, -1);
  const legendTop = TOP + (deepest + 1) * ROW + 24;
  const legend = PART_NAMES.flatMap((name, i) => {
    const x = 10 + (i % LEGEND_COLUMNS) * (WIDTH / LEGEND_COLUMNS);
    const y = legendTop + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW;
    return [
      `<rect x="${x}" y="${y - 10}" width="12" height="12" fill="${colourOf(name)}"/>`,
      text(x + 18, y, name),
    ];
  });
  const height = legendTop + Math.ceil(PART_NAMES.length / LEGEND_COLUMNS) * LEGEND_ROW;
  return svg(WIDTH, height, title, [text(10, 22, title, { kind: 'title' }), ...boxes, ...legend]);
}

function colourOf(part: string): string {
  return COLOURS[Math.max(0, PART_NAMES.indexOf(part)) % COLOURS.length]!;
}

function box({ name, part }: Frame, x: number, depth: number, width: number, share: number): string {
  const y = TOP + depth * ROW;
  const fits = Math.floor((width - 6) / CHARACTER_WIDTH);
  const label =
    fits < 3
      ? ''
      : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}" style="fill:#fff;font-size:11px">${escapeXml(name.slice(0, fits))}</text>`;
  const tip = `<title>${escapeXml(`${name}: ${(share * 100).toFixed(1)} %, ${part}`)}</title>`;
  return `<g>${tip}<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.4, width - 0.4).toFixed(1)}" height="${ROW - 1}" fill="${colourOf(part)}"/>${label}</g>`;
}
