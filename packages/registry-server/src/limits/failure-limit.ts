import { isIPv6 } from "node:net";

/** Counts failures of addresses, and says when one that has had too many is listened to again. */
export interface FailureLimit {
  /** Milliseconds until then; 0 where it is listened to now. */
  waitMs(address: string): number;
  failed(address: string): void;
}

export interface FailureLimitOptions {
  /** So many at once are let through. 10. */
  readonly burst?: number | undefined;
  /** One more after so long. 6 seconds: ten a minute. */
  readonly everyMs?: number | undefined;
  /** So many addresses are remembered; the one that was heard of longest ago makes room. 10,000. */
  readonly addresses?: number | undefined;
  /** Milliseconds that only grow. */
  readonly now?: (() => number) | undefined;
}

/**
 * A bucket for each address: every failure fills it, time empties it, and who has filled it waits. Whoever has a network of IPv6 has all
 * of its addresses, so the network counts as one.
 */
export function createFailureLimit(options: FailureLimitOptions = {}): FailureLimit {
  const { burst = 10, everyMs = 6000, addresses = 10_000, now = () => performance.now() } = options;
  /** When each bucket is empty, in the order of their last failures. */
  const emptyAt = new Map<string, number>();

  return {
    waitMs(address) {
      const key = networkOf(address);
      const full = (emptyAt.get(key) ?? 0) - now();
      if (full <= 0) emptyAt.delete(key);
      // Who has room for one more is listened to.
      return Math.max(0, full - (burst - 1) * everyMs);
    },

    failed(address) {
      const key = networkOf(address);
      const from = Math.max(now(), emptyAt.get(key) ?? 0);
      // Who goes on while they wait does not wait forever.
      const until = Math.min(from + everyMs, now() + burst * everyMs);
      emptyAt.delete(key);
      emptyAt.set(key, until);
      if (emptyAt.size > addresses) forgetOldest(emptyAt);
    },
  };
}

function forgetOldest(buckets: Map<string, number>): void {
  const oldest = buckets.keys().next();
  if (oldest.done !== true) buckets.delete(oldest.value);
}

/** An address of IPv4 as it is, also where IPv6 carries it; of IPv6 the network, its first 64 bits. */
export function networkOf(address: string): string {
  const plain = address.split("%")[0]?.toLowerCase() ?? "";
  const carried = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (carried !== undefined) return carried;
  if (!isIPv6(plain)) return plain;
  const [before = "", after] = plain.split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => "0"), ...tail];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
