/** Whether the outcomes of a tenant's router have changed their level: the tenant's own past is the baseline. */
import { adaptiveMean, NEW_ADWIN, observeAdaptive } from './drift.ts';

export interface DriftPoint {
  readonly atMs: number;
  /** 0 to 1. */
  readonly quality: number;
  readonly misrouted: boolean;
  /** Actual over expected; null where nothing was expected. */
  readonly costRatio: number | null;
  readonly latencyRatio: number | null;
}

export type DriftSignal = 'quality' | 'misroutes' | 'cost' | 'latency';

export interface SignalReport {
  readonly signal: DriftSignal;
  readonly drifted: boolean;
  readonly baseline: number;
  readonly present: number;
  /** When the present level began, milliseconds since the epoch. */
  readonly sinceMs: number | null;
}

/** Differences of means below this are no drift, however sure: in the unit of the signal. */
const LEAST: Readonly<Record<DriftSignal, number>> = {
  quality: 0.05,
  misroutes: 0.05,
  cost: 0.2,
  latency: 0.2,
};

/** Ratios to [0, 1], as the window test takes them: 1 is in the middle, twice and half are equally far from it. */
const squeezed = (ratio: number) => ratio / (1 + ratio);

/** Points oldest first. Cost and latency are told as ratios of actual over expected. */
export function driftReport(points: readonly DriftPoint[]): SignalReport[] {
  const ratios = (of: (point: DriftPoint) => number | null) =>
    points.flatMap(point => {
      const ratio = of(point);
      return ratio === null || !Number.isFinite(ratio)
        ? []
        : [{ atMs: point.atMs, value: ratio, watched: squeezed(ratio) }];
    });
  const plain = (of: (point: DriftPoint) => number) =>
    points.map(point => ({ atMs: point.atMs, value: of(point), watched: of(point) }));
  return [
    watch(
      'quality',
      plain(({ quality }) => quality),
    ),
    watch(
      'misroutes',
      plain(({ misrouted }) => Number(misrouted)),
    ),
    watch(
      'cost',
      ratios(({ costRatio }) => costRatio),
    ),
    watch(
      'latency',
      ratios(({ latencyRatio }) => latencyRatio),
    ),
  ];
}

interface Watched {
  readonly atMs: number;
  readonly value: number;
  readonly watched: number;
}

function watch(signal: DriftSignal, series: readonly Watched[]): SignalReport {
  let window = NEW_ADWIN;
  let cut = false;
  for (const { watched } of series) {
    window = observeAdaptive(window, watched);
    cut ||= window.dropped > 0;
  }
  const kept = cut ? adaptiveMean(window).n : Math.ceil(series.length / 2);
  const before = mean(series.slice(0, series.length - kept));
  const after = mean(series.slice(series.length - kept));
  const drifted = cut && Math.abs(after - before) >= LEAST[signal];
  return {
    signal,
    drifted,
    baseline: before,
    present: after,
    sinceMs: drifted ? series[series.length - kept]!.atMs : null,
  };
}

function mean(series: readonly Watched[]): number {
  return series.reduce((sum, { value }) => sum + value, 0) / Math.max(series.length, 1);
}
