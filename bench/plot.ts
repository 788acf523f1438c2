/** Small charts as SVG: readable on light and dark pages, no dependency. */

const FRAME = 'font-family="system-ui, sans-serif" font-size="13"';
const STYLE =
  '<style>text{fill:#57606a}.strong{fill:#1f7a4d}.weak{fill:#8b949e}.line{fill:none;stroke:#1f7a4d;stroke-width:2}.dot{fill:#1f7a4d}.grid{stroke:#8b949e;stroke-opacity:.35}</style>';
const escapeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const short = (value: number) =>
  value >= 1_000 ? `${Math.round(value / 100) / 10}k` : String(Math.round(value * 10) / 10);

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly strong?: boolean;
}

/** Horizontal bars from zero. */
export function bars(title: string, items: readonly Bar[]): string {
  const most = Math.max(...items.map(item => item.value), 1);
  const rows = items.map(({ label, value, strong }, i) => {
    const y = 44 + i * 34;
    const width = Math.max(2, (value / most) * 380);
    return `<text x="300" y="${y + 15}" text-anchor="end">${escapeText(label)}</text><rect class="${strong ? 'strong' : 'weak'}" x="310" y="${y}" width="${width.toFixed(1)}" height="22" rx="3"/><text x="${(318 + width).toFixed(1)}" y="${y + 15}">${short(value)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 ${60 + items.length * 34}" ${FRAME} role="img" aria-label="${escapeText(title)}">${STYLE}<text x="16" y="24" font-weight="600">${escapeText(title)}</text>${rows.join('')}</svg>\n`;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One line over a logarithmic horizontal axis, the vertical one from zero. */
export function curve(title: string, xLabel: string, yLabel: string, points: readonly Point[]): string {
  const [left, top, width, height] = [80, 50, 620, 250];
  const xs = points.map(point => Math.log10(point.x));
  const [low, high] = [Math.min(...xs), Math.max(...xs)];
  const most = Math.max(...points.map(point => point.y), 1) * 1.15;
  const at = ({ x, y }: Point) =>
    [
      left + (high === low ? 0 : ((Math.log10(x) - low) / (high - low)) * width),
      top + height - (y / most) * height,
    ] as const;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(part => {
    const y = top + height - part * height;
    return `<line class="grid" x1="${left}" x2="${left + width}" y1="${y}" y2="${y}"/><text x="${left - 8}" y="${y + 4}" text-anchor="end">${short(part * most)}</text>`;
  });
  const dots = points.map(point => {
    const [x, y] = at(point);
    return `<circle class="dot" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"/><text x="${x.toFixed(1)}" y="${(y - 10).toFixed(1)}" text-anchor="middle">${short(point.y)}</text><text x="${x.toFixed(1)}" y="${top + height + 20}" text-anchor="middle">${short(point.x)}</text>`;
  });
  const path = points
    .map(
      (point, i) =>
        `${i === 0 ? 'M' : 'L'}${at(point)
          .map(n => n.toFixed(1))
          .join(' ')}`,
    )
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 360" ${FRAME} role="img" aria-label="${escapeText(title)}">${STYLE}<text x="16" y="24" font-weight="600">${escapeText(title)}</text>${grid.join('')}<path class="line" d="${path}"/>${dots.join('')}<text x="${left + width / 2}" y="348" text-anchor="middle">${escapeText(xLabel)}</text><text x="${left}" y="${top - 10}">${escapeText(yLabel)}</text></svg>\n`;
}
