/** Cells that a table may have however few of them were given: 8 MB as a list of numbers. */
const freeCells = 1_000_000;
/** Cells that a larger table may have for each one that was given. */
const cellsPerGiven = 10;

/**
 * Whether a table would be nearly empty and large. Rows that each bring a column of their own make a table of the square
 * of their number: a megabyte of them could fill the memory.
 */
export function isSparse(rows: number, columns: number, given: number): boolean {
  const cells = rows * columns;
  return cells > freeCells && cells > given * cellsPerGiven;
}

/** Says so of a table for which {@link isSparse} holds. */
export function describeSparse(rows: number, columns: number, given: number): string {
  return `The rows have too little in common: ${rows} rows of ${columns} columns hold only ${given} values.`;
}
