/**
 * What one service has of the devices. Plain data, since other copies of this package may hold and read it, too. It is
 * given back by deleting it from where it is kept.
 */
export interface DeviceLease {
  /** The name of the service. */
  readonly service: string;
  /** Which devices, by what they are. */
  readonly keys: readonly string[];
  /** How much of each: 1, or a part. */
  readonly share: number;
}

const processKey = Symbol.for("bento.device-leases");

/** What all services of this process have, whichever copy of this package started them. */
export function processLeases(): Set<DeviceLease> {
  const shared = globalThis as { [processKey]?: Set<DeviceLease> };
  return (shared[processKey] ??= new Set());
}

/**
 * Which devices are taken, by all services that share it: the entry service first, then those it depends on.
 * @source BentoML src/_bentoml_impl/server/allocator.py; differs: what is not there is not given, never an index beyond the end
 */
export class GpuLedger {
  readonly #ids: readonly string[];
  readonly #leases: Set<DeviceLease>;

  /**
   * @param ids in the order in which they are given out
   * @param leases what is taken already, also of devices that are not among these
   */
  constructor(ids: readonly string[], leases: Set<DeviceLease> = new Set()) {
    this.#ids = ids;
    this.#leases = leases;
  }

  /** Devices there are, whoever has them. */
  get total(): number {
    return this.#ids.length;
  }

  /** Whole devices that nobody has. */
  get free(): number {
    return this.#untouched().length;
  }

  /**
   * Takes devices.
   * @param count a whole number, or a part of one
   * @returns `undefined`, and takes none, when there are too few
   */
  take(service: string, count: number): DeviceLease | undefined {
    const wanted = Math.ceil(count);
    const shared = count < 1 ? this.#ids.filter((id) => this.#hasRoomFor(id, count)) : [];
    const keys = [...shared, ...this.#untouched()].slice(0, wanted);
    return keys.length < wanted ? undefined : this.#note({ service, keys, share: Math.min(count, 1) });
  }

  /** Sees to it that devices which were named are not given to anybody else. Naming one twice is whoever does it's own wish. */
  claim(service: string, ids: readonly string[]): DeviceLease {
    return this.#note({ service, keys: [...new Set(ids)], share: 1 });
  }

  /** Gives back what was taken or claimed; once, however often it is called. */
  release(lease: DeviceLease): void {
    this.#leases.delete(lease);
  }

  /** The services that have a device, or a part of it. */
  holdersOf(id: string): readonly string[] {
    return this.#leasesOf(id).map(({ service }) => service);
  }

  #note(lease: DeviceLease): DeviceLease {
    this.#leases.add(lease);
    return lease;
  }

  #untouched(): readonly string[] {
    return this.#ids.filter((id) => this.#leasesOf(id).length === 0);
  }

  #leasesOf(id: string): readonly DeviceLease[] {
    return [...this.#leases].filter(({ keys }) => keys.includes(id));
  }

  /** A device is cut into parts of one size: that of the first that was taken. */
  #hasRoomFor(id: string, part: number): boolean {
    const parts = this.#leasesOf(id);
    // Tenths do not add up to one exactly.
    return parts.length > 0 && parts.every(({ share }) => share === part) && (parts.length + 1) * part <= 1 + 1e-9;
  }
}
