/** Charts as SVG: bars, and lines in panels side by side with round numbers on the axes. */
import { COLOURS, svg, text } from './svg.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Powers of ten at equal distances; else x is linear. */
  readonly logX?: boolean;
  readonly series: readonly Series[];
}

const PANEL_WIDTH = 480;
const PANEL_HEIGHT = 300;
const MARGIN = { left: 72, right: 24, top: 56, bottom: 56 };
const TICKS = 5;
/** Series with more points than this get no figures beside them. */
const LABELLED_POINTS = 8;

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly strong?: boolean;
}

const BAR = { label: 260, width: 380, height: 20, pitch: 32, top: 40 };

/** Horizontal bars from zero, with their values. */
export function bars(title: string, items: readonly Bar[]): string {
  const most = Math.max(...items.map(item => item.value), 1e-9);
  const body = items.flatMap(({ label, value, strong }, i) => {
    const y = BAR.top + i * BAR.pitch;
    const width = Math.max(2, (value / most) * BAR.width);
    const colour = strong ? COLOURS[0] : '#808080';
    return [
      text(BAR.label - 10, y + 14, label, { anchor: 'end' }),
      `<rect x="${BAR.label}" y="${y}" width="${width.toFixed(1)}" height="${BAR.height}" fill="${colour}"/>`,
      text(Math.round(BAR.label + width + 8), y + 14, short(value)),
    ];
  });
  const height = BAR.top + items.length * BAR.pitch + 8;
  return svg(BAR.label + BAR.width + 80, height, title, [text(16, 22, title, { kind: 'title' }), ...body]);
}

/** Draws the panels in a row under one title. */
export function plot(title: string, panels: readonly Panel[]): string {
  const body = [text(16, 22, title, { kind: 'title' })];
  for (const [i, panel] of panels.entries()) body.push(...drawPanel(panel, i * PANEL_WIDTH, 24));
  return svg(panels.length * PANEL_WIDTH, PANEL_HEIGHT + 24, title, body);
}

function drawPanel(panel: Panel, left: number, top: number): string[] {
  const { series, logX = false } = panel;
  const xs = series.flatMap(({ points }) => points.map(([x]) => x));
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const x0 = left + MARGIN.left;
  const x1 = left + PANEL_WIDTH - MARGIN.right;
  const y0 = top + PANEL_HEIGHT - MARGIN.bottom;
  const y1 = top + MARGIN.top;
  const across = (x: number) => (logX ? Math.log10(x) : x);
  const [low, high] = [Math.min(...xs.map(across)), Math.max(...xs.map(across))];
  const yStep = roundStep(Math.max(...ys, 1e-9) * 1.12);
  const yTop = yStep * TICKS;
  const px = (x: number) => x0 + ((across(x) - low) / (high - low || 1)) * (x1 - x0);
  const py = (y: number) => y0 - (y / yTop) * (y0 - y1);

  const out = [text((x0 + x1) / 2, top + 20, panel.title, { anchor: 'middle' })];
  for (let tick = 0; tick <= TICKS; tick++) {
    const y = py(tick * yStep);
    out.push(`<line class="grid" x1="${x0}" y1="${y}" x2="${x1}" y2="${y}"/>`);
    out.push(text(x0 - 8, y + 4, short(tick * yStep), { anchor: 'end' }));
  }
  for (const x of xTicks(xs, logX)) {
    out.push(`<line class="grid" x1="${px(x)}" y1="${y0}" x2="${px(x)}" y2="${y0 + 5}"/>`);
    out.push(text(px(x), y0 + 19, short(x), { anchor: 'middle' }));
  }
  out.push(text((x0 + x1) / 2, y0 + 42, panel.xLabel, { anchor: 'middle' }));
  out.push(text(left + 18, (y0 + y1) / 2, panel.yLabel, { anchor: 'middle', turned: true }));
  series.forEach(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const path = points
      .map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`)
      .join(' ');
    out.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    if (points.length <= LABELLED_POINTS)
      for (const [x, y] of points) {
        out.push(`<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="3.5" fill="${colour}"/>`);
        out.push(text(px(x), py(y) - 8, short(y), { anchor: 'middle' }));
      }
    if (series.length > 1) {
      out.push(
        `<rect x="${x0 + i * 130}" y="${top + 31}" width="12" height="3" fill="${colour}"/>`,
        text(x0 + i * 130 + 17, top + 36, name),
      );
    }
  });
  return out;
}

/** The values of x themselves when they are few, else five round ones. */
function xTicks(xs: readonly number[], logX: boolean): number[] {
  const own = [...new Set(xs)].sort((a, b) => a - b);
  if (logX || own.length <= TICKS) return own;
  const step = roundStep(own.at(-1)!);
  return Array.from({ length: TICKS + 1 }, (_, i) => i * step).filter(
    x => x >= own[0]! - step / 2 && x <= own.at(-1)!,
  );
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten, TICKS of which reach the value. */
function roundStep(value: number): number {
  const raw = value / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 2.5, 5, 10].map(factor => factor * power).find(step => step >= raw * 0.999)!;
}

function short(value: number): string {
  if (value >= 10_000) return `${Math.round(value / 100) / 10}k`;
  if (value >= 1_000) return Math.round(value).toLocaleString('en-US');
  return String(Math.round(value * 10) / 10);
}
