import { setTimeout as sleep } from "node:timers/promises";

import type { Complaint } from "../health/ask-hooks.js";
import type { Measures } from "../http/measures.js";
import type { WorkerProcess } from "../workers/worker-process.js";
import type { WorkerMeasures } from "../workers/worker-measures.js";
import { callHead } from "./pool-heads.js";
import { QuietContext } from "./quiet-context.js";
import type { Question } from "./side-calls.js";

/** How long workers may take to tell what they have counted. Milliseconds. */
const patienceMs = 1000;

/** Asks the workers of a pool what the server cannot know. */
export class PoolQuestions {
  readonly #ready: () => readonly WorkerProcess[];
  readonly #measures: WorkerMeasures | undefined;

  /**
   * @param ready the workers that can be asked now
   * @param measures what they have counted; `undefined` where they tell that in another way
   */
  constructor(ready: () => readonly WorkerProcess[], measures: WorkerMeasures | undefined) {
    this.#ready = ready;
    this.#measures = measures;
  }

  /** Whether all workers are well: the first complaint there is. */
  async complaint(question: "ask:readiness" | "ask:liveness"): Promise<Complaint> {
    const answers = await Promise.all(this.#ready().map((worker) => ask(worker, question)));
    const complaints = answers.map((answer) => JSON.parse(answer) as Complaint);
    return complaints.find((complaint) => complaint !== null) ?? null;
  }

  /** The text of the metrics, as the hooks of the service want it: any worker says. */
  async rewriteMetrics(text: string): Promise<string> {
    const [worker] = this.#ready();
    return worker === undefined ? text : ask(worker, "ask:metrics", text);
  }

  /** What the service has counted itself in all workers; of one that takes too long what it has told last. */
  async measures(): Promise<Measures> {
    const measures = this.#measures;
    if (measures === undefined) return {};
    const told = this.#ready().map(async (worker) => {
      const answer = await ask(worker, "ask:measures");
      if (worker.isReady) measures.take(worker, JSON.parse(answer) as Measures);
    });
    const over = new AbortController();
    const late = sleep(patienceMs, undefined, { signal: over.signal, ref: false });
    await Promise.race([Promise.allSettled(told), late]);
    over.abort();
    late.catch(() => undefined);
    return measures.all();
  }
}

async function ask(worker: WorkerProcess, question: Question, text = ""): Promise<string> {
  const body = Buffer.from(text);
  const head = callHead({ api: question, body: { bytes: body }, accept: undefined, context: new QuietContext(), onLateError: ignore });
  const answer = await worker.ask(head, body);
  const pieces: Uint8Array[] = [];
  if (answer instanceof Uint8Array) pieces.push(answer);
  else for await (const piece of answer) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function ignore(): void {}
