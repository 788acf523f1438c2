/** Reads `.feature` files as far as conformance kits use them: features, backgrounds, scenarios, steps, doc strings. */

export interface Step {
  readonly text: string;
  /** The doc string below the step. */
  readonly block?: string;
  readonly line: number;
}

export interface Scenario {
  readonly feature: string;
  readonly name: string;
  readonly steps: readonly Step[];
}

const STEP = /^(?:Given|When|Then|And|But|\*)\s+(.*)$/i;
const FENCE = /^("""|```)\s*[\w./+-]*\s*$/;

export function parseFeature(text: string): Scenario[] {
  const lines = text.split(/\r?\n/);
  const scenarios: Scenario[] = [];
  const background: Step[] = [];
  let feature = '';
  let steps: Step[] | null = null;
  let outline: { name: string; steps: Step[]; table: string[][]; reading: boolean } | null = null;
  const flush = () => {
    if (outline) scenarios.push(...expand(feature, outline, background));
    outline = null;
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trim();
    const heading =
      /^(Feature|Background|Scenario Outline|Scenario Template|Scenario|Example|Examples|Scenarios|Rule)\s*:\s*(.*)$/i.exec(
        line,
      );
    if (heading) {
      const kind = heading[1]!.toLowerCase();
      if (kind === 'examples' || kind === 'scenarios') {
        if (outline) outline.reading = true;
        continue;
      }
      flush();
      if (kind === 'feature') feature = heading[2]!;
      else if (kind === 'background') steps = background;
      else if (kind.startsWith('scenario ')) {
        steps = [];
        outline = { name: heading[2]!, steps, table: [], reading: false };
      } else if (kind !== 'rule') {
        steps = [];
        const own = steps;
        scenarios.push({
          feature,
          name: heading[2]!,
          get steps() {
            return [...background, ...own];
          },
        });
      }
      continue;
    }
    if (outline?.reading && line.startsWith('|')) {
      outline.table.push(
        line
          .split('|')
          .slice(1, -1)
          .map(cell => cell.trim()),
      );
      continue;
    }
    const found = STEP.exec(line);
    if (!found || !steps) continue;
    const block = readBlock(lines, i + 1);
    steps.push({ text: found[1]!, line: i + 1, ...(block ? { block: block.text } : {}) });
    if (block) i = block.end;
  }
  flush();
  return scenarios;
}

function readBlock(lines: readonly string[], start: number): { text: string; end: number } | null {
  let at = start;
  while (at < lines.length && (lines[at]!.trim() === '' || lines[at]!.trim().startsWith('#'))) at++;
  const fence = FENCE.exec(lines[at]?.trim() ?? '')?.[1];
  if (!fence) return null;
  const indent = lines[at]!.length - lines[at]!.trimStart().length;
  const body: string[] = [];
  for (let i = at + 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() === fence) return { text: dedent(body, indent), end: i };
    body.push(line);
  }
  return { text: dedent(body, indent), end: lines.length };
}

/** Takes the fence's indent away, or less where a line has less. */
function dedent(lines: readonly string[], indent: number): string {
  const filled = lines.filter(line => line.trim() !== '');
  const least = Math.min(indent, ...filled.map(line => line.length - line.trimStart().length));
  return lines.map(line => line.slice(Math.min(least, line.length))).join('\n');
}

function expand(
  feature: string,
  outline: { name: string; steps: readonly Step[]; table: readonly (readonly string[])[] },
  background: readonly Step[],
): Scenario[] {
  const [header, ...rows] = outline.table;
  if (!header) return [];
  return rows.map(row => {
    const fill = (text: string) =>
      header.reduce((all, name, i) => all.replaceAll(`<${name}>`, row[i] ?? ''), text);
    const steps = outline.steps.map(step => ({
      ...step,
      text: fill(step.text),
      ...(step.block === undefined ? {} : { block: fill(step.block) }),
    }));
    return { feature, name: `${fill(outline.name)} (${row.join(', ')})`, steps: [...background, ...steps] };
  });
}
