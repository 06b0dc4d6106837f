import { Client } from "./client.js";

/** Clients without a call that are remembered at least. */
const fewest = 1024;

/**
 * The clients of one priority by their keys.
 *
 * Who has no call any more is remembered for a while: else a client that sends its next call when it has the answer to
 * the last would be a new one each time, and one that has had nothing. Two Maps that take turns, and nothing is ever
 * deleted from either: when the newer has grown full, the older goes, without those that have calls. Keys that are made
 * up therefore take no more memory than so many, and a Map that entries come to and go from one by one would be built
 * anew every few calls.
 */
export class ClientBook {
  #recent = new Map<string, Client>();
  #older = new Map<string, Client>();
  #most = fewest;

  /** How many are remembered, some of them twice. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  of(key: string): Client {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const client = this.#older.get(key) ?? new Client(key);
    if (this.#recent.size >= this.#most) this.#turn();
    this.#recent.set(key, client);
    return client;
  }

  #turn(): void {
    const gone = this.#older;
    this.#older = this.#recent;
    this.#recent = new Map();
    for (const [key, client] of gone) if (client.isHere && !this.#older.has(key)) this.#recent.set(key, client);
    this.#most = Math.max(fewest, 2 * this.#recent.size);
  }
}
