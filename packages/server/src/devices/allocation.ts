import { BentoError } from "@bento/core";

/** The variable that turns automatic allocation off. */
export const disableVariable = "BENTOML_DISABLE_GPU_ALLOCATION";

interface Share {
  readonly id: string;
  remaining: number;
  /** What it is cut into: 1, or the fraction that was first taken of it. */
  unit: number;
}

/**
 * Which GPUs of the machine are taken, by every service of a process: the entry service first, then those it depends on.
 * @source BentoML src/_bentoml_impl/server/allocator.py; differs: what is not there is an error, never an index beyond the end
 */
export class GpuLedger {
  readonly #shares: readonly Share[];

  /** @param ids what the device variable calls them, in their order */
  constructor(ids: readonly string[]) {
    this.#shares = ids.map((id) => ({ id, remaining: 1, unit: 1 }));
  }

  /** GPUs of the machine, whoever has them. */
  get total(): number {
    return this.#shares.length;
  }

  /** Whole GPUs that nobody has. */
  get free(): number {
    return this.#shares.filter(isUntouched).length;
  }

  /**
   * Takes GPUs.
   * @param count a whole number, or a part of one
   * @throws BENTO_DEVICE_UNAVAILABLE when there are too few
   */
  take(service: string, count: number): readonly string[] {
    return count < 1 ? [this.#takePart(service, count)] : this.#takeWhole(service, count);
  }

  #takePart(service: string, count: number): string {
    const share = this.#shares.find(({ unit, remaining }) => unit === count && remaining > 0) ?? this.#shares.find(isUntouched);
    if (share === undefined) throw tooFew(service, count, this.total, this.free);
    share.unit = count;
    share.remaining -= count;
    // What is left and holds no other part like this is of no use. Thirds do not add up to one exactly.
    if (share.remaining < count - 1e-9) share.remaining = 0;
    return share.id;
  }

  #takeWhole(service: string, count: number): readonly string[] {
    const taken = this.#shares.filter(isUntouched).slice(0, count);
    if (taken.length < count) throw tooFew(service, count, this.total, this.free);
    for (const share of taken) share.remaining = 0;
    return taken.map(({ id }) => id);
  }
}

function isUntouched({ unit, remaining }: Share): boolean {
  return unit === 1 && remaining === 1;
}

/** The error for more GPUs than there are. */
export function tooFew(service: string, wanted: number, total: number, free: number): BentoError {
  const others = free < total ? `, of which ${free} ${free === 1 ? "is" : "are"} free` : "";
  return new BentoError(
    "BENTO_DEVICE_UNAVAILABLE",
    `The service ${service} asks for ${wanted} GPU${wanted === 1 ? "" : "s"}; this machine has ${total}${others}.`,
    { hint: `Ask for fewer under resources.gpu, say devices: "clamp" to take what is there, or set ${disableVariable}=1 to allocate none.` },
  );
}
