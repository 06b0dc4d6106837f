interface Share {
  readonly id: string;
  remaining: number;
  /** What it is cut into: 1, or the fraction that was first taken of it. */
  unit: number;
}

/**
 * Which devices are taken, by all services that share it: the entry service first, then those it depends on.
 * @source BentoML src/_bentoml_impl/server/allocator.py; differs: what is not there is not given, never an index beyond the end
 */
export class GpuLedger {
  readonly #shares: readonly Share[];

  /** @param ids in the order in which they are given out */
  constructor(ids: readonly string[]) {
    this.#shares = ids.map((id) => ({ id, remaining: 1, unit: 1 }));
  }

  /** Devices there are, whoever has them. */
  get total(): number {
    return this.#shares.length;
  }

  /** Whole devices that nobody has. */
  get free(): number {
    return this.#shares.filter(isUntouched).length;
  }

  /**
   * Takes devices.
   * @param count a whole number, or a part of one
   * @returns `undefined`, and takes none, when there are too few
   */
  take(count: number): readonly string[] | undefined {
    return count < 1 ? this.#takePart(count) : this.#takeWhole(count);
  }

  /** Sees to it that devices which were named are not given to anybody else. Naming one twice is whoever does it's own wish. */
  claim(ids: readonly string[]): void {
    for (const share of this.#shares) if (ids.includes(share.id)) share.remaining = 0;
  }

  #takePart(count: number): readonly string[] | undefined {
    const share = this.#shares.find(({ unit, remaining }) => unit === count && remaining > 0) ?? this.#shares.find(isUntouched);
    if (share === undefined) return undefined;
    share.unit = count;
    share.remaining -= count;
    // What is left and holds no other part like this is of no use. Tenths do not add up to one exactly.
    if (share.remaining < count - 1e-9) share.remaining = 0;
    return [share.id];
  }

  #takeWhole(count: number): readonly string[] | undefined {
    const taken = this.#shares.filter(isUntouched).slice(0, count);
    if (taken.length < count) return undefined;
    for (const share of taken) share.remaining = 0;
    return taken.map(({ id }) => id);
  }
}

function isUntouched({ unit, remaining }: Share): boolean {
  return unit === 1 && remaining === 1;
}
