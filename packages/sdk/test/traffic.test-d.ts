// Checked by tsc alone, under both decorator settings: what must and what must not compile.
import { defineService, service, type TrafficOptions } from "@bento/sdk";

@service({ traffic: { timeout: 30, maxConcurrency: 4, maxQueue: Infinity } })
export class Refuses {
  readonly isReady = true;
}

@service({ traffic: { maxConcurrency: 4, fairness: { header: "x-tenant" }, priorities: "header" } })
export class Queues {
  readonly isReady = true;
}

export const ByAddress: TrafficOptions = { maxConcurrency: 64, fairness: "address" };
export const ByIdentity: TrafficOptions = { maxConcurrency: 64, maxQueue: 0, fairness: "identity", priorities: "identity" };
export const None: TrafficOptions = { fairness: undefined, priorities: undefined };

// @ts-expect-error nothing would ever wait
@service({ traffic: { fairness: "address" } })
export class FairWithoutLimit {
  readonly isReady = true;
}

// @ts-expect-error nothing would ever wait
export const UrgentWithoutLimit: TrafficOptions = { maxQueue: 10, priorities: "header" };

// @ts-expect-error no limit is none
export const Unlimited: TrafficOptions = { maxConcurrency: undefined, priorities: "header" };

// @ts-expect-error no way to tell clients apart
export const Unknown: TrafficOptions = { maxConcurrency: 4, fairness: "ip" };

// @ts-expect-error a header has a name
export const Nameless: TrafficOptions = { maxConcurrency: 4, fairness: { header: 1 } };

// @ts-expect-error nobody who says how urgent a call is
defineService({ name: "wrong", traffic: { maxConcurrency: 4, priorities: "u=1" }, apis: {} });
