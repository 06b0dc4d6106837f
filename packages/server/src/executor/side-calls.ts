import { measureFigures } from "@bento/sdk/runtime";

import { askHooks, type Complaint, rewriteText } from "../health/ask-hooks.js";
import type { Measures } from "../http/measures.js";
import { jsonType, reply, textType } from "../http/reply.js";
import type { Executor, ExecutorCall, ExecutorReply, ServiceQuestions } from "./executor.js";
import type { RunningService } from "./in-process.js";

/** What a service can be asked besides its endpoints, whose names hold no colon. */
export type Question = "ask:readiness" | "ask:liveness" | "ask:metrics" | "ask:measures";

/** What a mounted app is called by. */
export function mountCall(path: string): string {
  return `mount:${path}`;
}

/** Answers what is no call of an endpoint: mounted apps, and questions about the service itself. */
export class SideCalls implements ServiceQuestions {
  readonly #service: RunningService;
  readonly #mounts: ReadonlyMap<string, Pick<Executor, "run">>;

  /** @param mounts by what they are called by */
  constructor(service: RunningService, mounts: ReadonlyMap<string, Pick<Executor, "run">>) {
    this.#service = service;
    this.#mounts = mounts;
  }

  /** `undefined` where there is no such thing. */
  run(call: ExecutorCall): ReturnType<Executor["run"]> | undefined {
    const { api, body } = call;
    switch (api as Question) {
      case "ask:readiness":
      case "ask:liveness":
        return this.complaint(api as "ask:readiness" | "ask:liveness").then(asJson);
      case "ask:metrics":
        return this.rewriteMetrics("bytes" in body ? Buffer.from(body.bytes).toString() : "").then((text) => reply(200, textType, text));
      case "ask:measures":
        return asJson(measureFigures());
      default:
        return this.#mounts.get(api)?.run(call);
    }
  }

  complaint(question: "ask:readiness" | "ask:liveness"): Promise<Complaint> {
    const { spec } = this.#service;
    return askHooks(question === "ask:readiness" ? spec.readiness : spec.liveness, this.#service);
  }

  rewriteMetrics(text: string): Promise<string> {
    return rewriteText(text, this.#service);
  }

  /** Those of this process are known without asking. */
  async measures(): Promise<Measures> {
    return {};
  }
}

function asJson(value: unknown): ExecutorReply {
  return reply(200, jsonType, JSON.stringify(value));
}
