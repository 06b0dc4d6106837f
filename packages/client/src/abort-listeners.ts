/** One who waits for a signal, in a ring of all who do; the first of a ring waits for nothing, and tells the others. */
interface Waiting {
  readonly tell: () => void;
  before: Waiting;
  after: Waiting;
}

const rings = new WeakMap<AbortSignal, Waiting>();

/**
 * Tells of a signal that is aborted. However many wait for it, it has one listener: of more than ten Node warns, and many
 * calls of a client may well share a signal. A ring and no Set, whose old tables outlive the calls that came and went.
 * @returns what ends the waiting
 */
export function onAbort(signal: AbortSignal, tell: () => void): () => void {
  const ring = rings.get(signal) ?? newRing();
  rings.set(signal, ring);
  if (ring.after === ring) signal.addEventListener("abort", ring.tell);
  const own: Waiting = { tell, before: ring.before, after: ring };
  own.before.after = own;
  ring.before = own;
  return () => {
    own.before.after = own.after;
    own.after.before = own.before;
    // Left twice, it must not tear out who came after it.
    own.before = own;
    own.after = own;
    if (ring.after === ring) signal.removeEventListener("abort", ring.tell);
  };
}

function newRing(): Waiting {
  const tell = (): void => {
    // Who is told leaves the ring.
    const all: Waiting[] = [];
    for (let one = ring.after; one !== ring; one = one.after) all.push(one);
    for (const one of all) one.tell();
  };
  const ring = { tell } as Waiting;
  ring.before = ring;
  ring.after = ring;
  return ring;
}
