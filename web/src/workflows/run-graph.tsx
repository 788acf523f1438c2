/** The graph of a workflow, with how far a run has come. Each task is a button; what it says is a list beside, too. */
import { useMemo } from 'react';
import { useSay } from '../portal/text.ts';
import { type Graph, type GraphNode, layoutOf } from './layout.ts';
import { type StepState, TONE_OF } from './states.ts';

interface Props {
  readonly graph: Graph;
  readonly states: ReadonlyMap<string, StepState>;
  readonly chosen: string | null;
  readonly onChoose: (task: string) => void;
}

export function RunGraph({ graph, states, chosen, onChoose }: Props) {
  const say = useSay();
  const layout = useMemo(() => layoutOf(graph), [graph]);
  const titles = new Map(graph.groups.map(({ id, title }) => [id, title]));
  return (
    <section
      className="overflow-auto rounded-xl border border-line bg-raised"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={say('Graph')}
    >
      <svg
        width={layout.width - layout.left}
        height={layout.height}
        viewBox={`${layout.left} 0 ${layout.width - layout.left} ${layout.height}`}
        className="mx-auto block"
      >
        <title>{say('Graph')}</title>
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0,0.500 L8,4 L0,7.500 Z" className="fill-line-strong" />
          </marker>
        </defs>
        {[...layout.groups].map(([id, box]) => (
          <g key={id}>
            <rect
              {...box}
              rx="12"
              className={
                titles.get(id) === 'undo' ? 'fill-danger-soft stroke-line' : 'fill-sunken stroke-line'
              }
              fillOpacity="0.6"
            />
            <text x={box.x + 12} y={box.y + 20} fontSize="12" className="fill-soft">
              {say(titles.get(id) ?? '')}
            </text>
          </g>
        ))}
        {layout.lines.map(({ edge, path, at }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          <g key={index}>
            <path
              d={path}
              fill="none"
              strokeWidth="1.500"
              strokeDasharray={edge.kind === 'flow' ? undefined : '4 4'}
              markerEnd="url(#tip)"
              className={edge.kind === 'undo' ? 'stroke-danger' : 'stroke-line-strong'}
            />
            {edge.label && (
              <text {...at} fontSize="12" className="fill-soft">
                {edge.label.slice(0, 30)}
              </text>
            )}
          </g>
        ))}
        {graph.nodes.map(node => {
          const box = layout.nodes.get(node.id);
          return (
            box && (
              <Node
                key={node.id}
                node={node}
                box={box}
                state={states.get(node.id)}
                chosen={node.id === chosen}
                onChoose={onChoose}
              />
            )
          );
        })}
      </svg>
    </section>
  );
}

const FILLS: Readonly<Record<string, string>> = {
  good: 'fill-accent-soft stroke-accent',
  notice: 'fill-notice-soft stroke-notice',
  danger: 'fill-danger-soft stroke-danger',
  plain: 'fill-panel stroke-line-strong',
};

interface NodeProps {
  readonly node: GraphNode;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly state: StepState | undefined;
  readonly chosen: boolean;
  readonly onChoose: (task: string) => void;
}

function Node({ node, box, state, chosen, onChoose }: NodeProps) {
  const say = useSay();
  const { x, y, width, height } = box;
  const middle = x + width / 2;
  if (node.kind === 'start' || node.kind === 'end')
    return (
      <g>
        <rect x={middle - 45} y={y + 12} width={90} height={height - 24} rx="16" className="fill-ink" />
        <text x={middle} y={y + height / 2 + 4} textAnchor="middle" fontSize="13" className="fill-panel">
          {say(node.kind)}
        </text>
      </g>
    );
  const tone = state ? TONE_OF[state.state] : 'plain';
  const told = [node.name, node.label, state ? say(state.state) : say('not reached')];
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons in SVG
    <g
      role="button"
      tabIndex={0}
      aria-pressed={chosen}
      data-testid="node"
      onClick={() => onChoose(node.id)}
      onKeyDown={event => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onChoose(node.id);
      }}
      className="cursor-pointer"
    >
      <title>{told.join(', ')}</title>
      <rect
        x={x}
        y={y}
        width={width}
        height={height}
        rx="12"
        strokeWidth={chosen ? 3 : 1.5}
        className={FILLS[tone]}
      />
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus */}
      <g aria-hidden="true">
        <text x={x + 12} y={y + 23} fontSize="14" fontWeight="600" className="fill-ink">
          {clipped(node.name, 24)}
        </text>
        <text x={x + 12} y={y + 42} fontSize="12" className="fill-soft">
          {clipped(node.approval ? say('a person decides') : node.label, 30)}
        </text>
        {state && (
          <text x={x + width - 10} y={y + 23} textAnchor="end" fontSize="13" className="fill-ink">
            {MARKS[state.state]}
            {state.retries > 0 ? ` ↻${state.retries}` : ''}
          </text>
        )}
        {(node.compensates || state?.compensation) && (
          <text x={x + width - 10} y={y + 42} textAnchor="end" fontSize="12" className="fill-soft">
            {state?.compensation && state.compensation !== 'available' ? say(state.compensation) : '↶'}
          </text>
        )}
      </g>
    </g>
  );
}

const MARKS: Readonly<Record<StepState['state'], string>> = {
  running: '●',
  waiting: '◔',
  completed: '✓',
  skipped: '–',
  faulted: '✕',
  cancelled: '⊘',
};

function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
