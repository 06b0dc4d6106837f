import { noFigures } from "../http/figures.js";
import type { JointMetrics } from "../http/joint-metrics.js";
import type { Metrics } from "../http/metrics.js";
import type { FromDoor } from "./notices.js";

/** How often a worker tells unasked what it has counted, so that little is lost when it dies. Milliseconds. */
const tellEveryMs = 1000;

interface Scrape {
  text: string;
  readonly resolve: (text: string) => void;
}

/** The metrics of all workers, which a worker that is asked for them asks its server for. */
export class AskedMetrics implements JointMetrics {
  readonly #tell: (notice: FromDoor) => void;
  readonly #answered: () => number;
  readonly #scrapes = new Map<number, Scrape>();
  readonly #timer: NodeJS.Timeout;
  #own: Metrics | undefined;
  #lastScrape = 0;
  /** Calls that the server knows of. */
  #told = 0;
  /** The last request that it knows of: what was refused is no call. */
  #toldRequestAt: number | undefined;

  /**
   * @param tell tells the server
   * @param answered how many calls were answered
   */
  constructor(tell: (notice: FromDoor) => void, answered: () => number) {
    this.#tell = tell;
    this.#answered = answered;
    this.#timer = setInterval(() => {
      if (this.#answered() !== this.#told || this.#own?.lastRequestAt !== this.#toldRequestAt) this.tellFigures();
    }, tellEveryMs).unref();
  }

  join(own: Metrics): void {
    this.#own = own;
  }

  text(): Promise<string> {
    this.#lastScrape += 1;
    const scrape = this.#lastScrape;
    this.#tell({ type: "scrape", scrape });
    return new Promise((resolve) => this.#scrapes.set(scrape, { text: "", resolve }));
  }

  /** The server answers, in pieces of which the last is empty. */
  takePiece(scrape: number, piece: string): void {
    const waiting = this.#scrapes.get(scrape);
    if (waiting === undefined) return;
    waiting.text += piece;
    if (piece !== "") return;
    this.#scrapes.delete(scrape);
    waiting.resolve(waiting.text);
  }

  /** Tells what was counted here. */
  tellFigures(): void {
    this.#told = this.#answered();
    this.#toldRequestAt = this.#own?.lastRequestAt;
    this.#tell({ type: "figures", figures: this.#own?.figures() ?? noFigures, answered: this.#told });
  }

  /** Tells what was counted in the end. */
  close(): void {
    clearInterval(this.#timer);
    this.tellFigures();
  }
}
