import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFailureLimit, type FailureLimit, type FailureLimitOptions, networkOf } from "./failure-limit.js";

/** A limit with a clock that the test moves. */
function limitAt(options: FailureLimitOptions = {}): { readonly limit: FailureLimit; readonly clock: { ms: number } } {
  const clock = { ms: 1_000_000 };
  return { clock, limit: createFailureLimit({ burst: 3, everyMs: 1000, now: () => clock.ms, ...options }) };
}

describe("the limit of failures", () => {
  it("lets a burst through, then one for every pause, and everything after a while", () => {
    const { limit, clock } = limitAt();
    const fail = (): number => {
      limit.failed("10.0.0.1");
      return limit.waitMs("10.0.0.1");
    };
    expect([fail(), fail(), fail()]).toEqual([0, 0, 1000]);
    clock.ms += 400;
    expect(limit.waitMs("10.0.0.1")).toBe(600);
    clock.ms += 600;
    expect(limit.waitMs("10.0.0.1")).toBe(0);
    expect(fail()).toBe(1000);
    clock.ms += 3000;
    expect([fail(), fail(), fail()]).toEqual([0, 0, 1000]);
  });

  it("keeps addresses apart", () => {
    const { limit } = limitAt();
    for (let time = 0; time < 5; time++) limit.failed("10.0.0.1");
    expect([limit.waitMs("10.0.0.1") > 0, limit.waitMs("10.0.0.2")]).toEqual([true, 0]);
  });

  it("never lets anybody wait longer than a burst takes, however often they failed", () => {
    const { limit } = limitAt();
    for (let time = 0; time < 1000; time++) limit.failed("10.0.0.1");
    expect(limit.waitMs("10.0.0.1")).toBe(1000);
  });

  it("remembers so many addresses and no more: the one that was heard of longest ago goes", () => {
    const { limit } = limitAt({ addresses: 2 });
    const failOften = (address: string): void => {
      for (let time = 0; time < 3; time++) limit.failed(address);
    };
    failOften("10.0.0.1");
    failOften("10.0.0.2");
    limit.failed("10.0.0.1");
    failOften("10.0.0.3");
    expect(["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address) => limit.waitMs(address) > 0)).toEqual([true, false, true]);
  });

  it("lets no more failures through than the burst and what its time allows, whenever they come", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1500), { maxLength: 60 }), (pauses) => {
        const { limit, clock } = limitAt();
        const from = clock.ms;
        let failures = 0;
        for (const pause of pauses) {
          clock.ms += pause;
          if (limit.waitMs("10.0.0.1") > 0) continue;
          limit.failed("10.0.0.1");
          failures += 1;
        }
        expect(failures).toBeLessThanOrEqual(3 + (clock.ms - from) / 1000);
      }),
    );
  });
});

describe("which network an address is of", () => {
  it.each([
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["::FFFF:10.0.0.1", "10.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["unknown", "unknown"],
  ])("%s is of %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
