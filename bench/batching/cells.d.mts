/** What became of the requests; milliseconds are those of all that were answered. */
export interface Figures {
  readonly answered: number;
  /** Answered in time, and before the last request came. */
  readonly good: number;
  /** Answered too late. */
  readonly late: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

export interface Cell {
  readonly shapeName: "a" | "a + bn" | "a + bn, step" | "ONNX Runtime";
  readonly arrivalsName: "Poisson" | "bursty" | "ramping";
  /** Of what batches of the best size can answer. */
  readonly load: number;
  /** Of the clock of the simulation. */
  readonly seconds: number;
  /** The engine: the class. */
  readonly Batcher: unknown;
}

export interface CellFigures {
  readonly offered: number;
  /** No more could be answered in time by anybody. */
  readonly most: number;
  /** What lets wait the least, chosen after the fact. */
  readonly least: Figures;
  readonly ours: Figures;
  readonly BentoML: Figures;
  readonly "fixed window": Figures;
  readonly "one by one": Figures;
}

/** Everybody on the same requests. */
export function measureCell(cell: Cell): Promise<CellFigures>;

/** Whether one answers more in time than the other; or about as much, and lets wait less. */
export function isAhead(one: Figures, other: Figures, equal?: number): boolean;
