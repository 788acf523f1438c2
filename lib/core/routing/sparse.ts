/** Sparse rows: what text becomes before a linear model or a network sees it. Compressed sparse row layout. */

export interface SparseVector {
  /** Ascending column numbers. */
  readonly indices: Int32Array;
  readonly values: Float32Array;
}

export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Row r occupies [starts[r], starts[r + 1]) of `indices` and `values`. */
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float32Array;
}

export function stackRows(rows: readonly SparseVector[], columns: number): SparseMatrix {
  const starts = new Int32Array(rows.length + 1);
  rows.forEach((row, r) => {
    starts[r + 1] = starts[r]! + row.indices.length;
  });
  const indices = new Int32Array(starts[rows.length]!);
  const values = new Float32Array(indices.length);
  rows.forEach((row, r) => {
    indices.set(row.indices, starts[r]!);
    values.set(row.values, starts[r]!);
  });
  return { rows: rows.length, columns, starts, indices, values };
}

export function rowOf(matrix: SparseMatrix, r: number): SparseVector {
  const from = matrix.starts[r]!;
  const to = matrix.starts[r + 1]!;
  return { indices: matrix.indices.subarray(from, to), values: matrix.values.subarray(from, to) };
}

export function fromMap(weights: ReadonlyMap<number, number>): SparseVector {
  const indices = Int32Array.from(weights.keys()).sort();
  return { indices, values: Float32Array.from(indices, i => weights.get(i)!) };
}
