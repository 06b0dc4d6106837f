import { addFigures, type Figures, lastingFigures, noFigures } from "../http/figures.js";
import type { JointMetrics } from "../http/joint-metrics.js";
import type { Metrics } from "../http/metrics.js";
import type { WorkerProcess } from "../workers/worker-process.js";
import type { ToDoor } from "./notices.js";

/** How long workers may take to tell what they have counted. Milliseconds. */
const patienceMs = 1000;
/** A notice has its limit. Characters. */
const pieceLength = 1 << 16;

/** What this process and all workers have counted, also those that are gone: counters never go down. */
export class GatheredMetrics implements JointMetrics {
  readonly #workers: ReadonlySet<WorkerProcess>;
  readonly #latest = new Map<WorkerProcess, Figures>();
  readonly #waiting = new Map<WorkerProcess, (() => void)[]>();
  #ended = noFigures;
  #own: Metrics | undefined;

  /** @param workers those that are asked; they change */
  constructor(workers: ReadonlySet<WorkerProcess>) {
    this.#workers = workers;
  }

  join(own: Metrics): void {
    this.#own = own;
  }

  async text(): Promise<string> {
    const own = this.#own;
    if (own === undefined) return "";
    if (this.#workers.size > 0) await this.#ask();
    return own.text(addFigures([this.#ended, own.figures(), ...this.#latest.values()]));
  }

  /** Tells a worker what it was asked for itself. */
  async answer(worker: WorkerProcess, scrape: number): Promise<void> {
    const text = await this.text();
    for (let at = 0; at < text.length; at += pieceLength) {
      tell(worker, { type: "metrics", scrape, piece: text.slice(at, at + pieceLength) });
    }
    tell(worker, { type: "metrics", scrape, piece: "" });
  }

  /** A worker tells what it has counted since its start. */
  take(worker: WorkerProcess, figures: Figures): void {
    this.#latest.set(worker, figures);
    this.#settle(worker);
  }

  /** A worker is gone: what it told last stays. */
  end(worker: WorkerProcess): void {
    const latest = this.#latest.get(worker);
    if (latest !== undefined) this.#ended = addFigures([this.#ended, lastingFigures(latest)]);
    this.#latest.delete(worker);
    this.#settle(worker);
  }

  /** Resolves when all workers have told their figures; who takes too long has told some before. */
  async #ask(): Promise<void> {
    const answers = [...this.#workers].map(
      (worker) => new Promise<void>((resolve) => this.#waiting.set(worker, [...(this.#waiting.get(worker) ?? []), resolve])),
    );
    for (const worker of this.#workers) tell(worker, { type: "count" });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
    await Promise.race([Promise.all(answers), late]);
    clearTimeout(timer);
  }

  #settle(worker: WorkerProcess): void {
    const waiting = this.#waiting.get(worker) ?? [];
    this.#waiting.delete(worker);
    for (const resolve of waiting) resolve();
  }
}

function tell(worker: WorkerProcess, notice: ToDoor): void {
  worker.notify(notice);
}
