// Checked by tsc alone, under both decorator settings: what a service on the web may and may not say.
import {
  api,
  type ApiOutput,
  type Context,
  counter,
  defineService,
  gauge,
  histogram,
  liveness,
  metrics,
  mount,
  readiness,
  service,
} from "@bento/sdk";
import { z } from "zod";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict;

@service({ mounts: [mount("/a", { fetch: (request: Request) => new Response(request.url) })], traceId: true, cors: true })
export class Web {
  @readiness() protected isReady(): boolean {
    return true;
  }
  @liveness() protected async isAlive(): Promise<boolean> {
    return true;
  }
  @metrics() protected more(text: string): string {
    return text;
  }
  // @ts-expect-error -- a check answers a boolean
  @readiness() protected isText(): string {
    return "yes";
  }
  // @ts-expect-error -- it has no static methods
  @liveness() static isStatic(): boolean {
    return true;
  }
  // @ts-expect-error -- what rewrites the text gives text
  @metrics() protected less(text: string): number {
    return text.length;
  }
  @api({ input: z.object({}), output: z.string(), route: "/items/{key}" })
  item(_input: object, ctx: Context): string {
    const { params, cookies } = ctx.request;
    same<(typeof params)[string], string>(true);
    same<(typeof cookies)[string], string>(true);
    ctx.response.setCookie("a", "b", { maxAge: 1, sameSite: "strict" });
    // @ts-expect-error -- there is no such option
    ctx.response.setCookie("a", "b", { maxage: 1 });
    return "x";
  }
}

@service()
export class Own {
  @api({ input: z.object({}) }) made(): Response {
    return new Response("made");
  }
  @api({ input: z.object({}), output: z.string() }) async maybe(): Promise<string | Response> {
    return "text";
  }
  // @ts-expect-error -- what is no response must be what the schema says
  @api({ input: z.object({}), output: z.string() }) wrong(): number | Response {
    return 1;
  }
}
same<ApiOutput<Own, "made">, unknown>(true);
same<ApiOutput<Own, "maybe">, unknown>(true);

export const Defined = defineService({
  name: "web",
  apis: {},
  readiness: () => true,
  liveness: async () => true,
  metrics: async (text) => text,
});
// @ts-expect-error -- a check answers a boolean
defineService({ name: "web", apis: {}, readiness: () => "yes" });
// @ts-expect-error -- a mount is made by mount()
defineService({ name: "web", apis: {}, mounts: [{ path: "/a" }] });
// @ts-expect-error -- an object without fetch answers nothing
mount("/a", {});
mount("/a", (request, response) => response.end(request.url));

counter("a_total", { help: "A" }).inc();
counter("b_total", { help: "B", labels: ["kind"] }).inc(1, { kind: "x" });
gauge("c", { help: "C", labels: ["kind"] }).set(1, { kind: 2 });
histogram("d", { help: "D", buckets: [1] }).observe(1);
// @ts-expect-error -- it has a label
counter("b_total", { help: "B", labels: ["kind"] }).inc(1);
// @ts-expect-error -- it has no such label
counter("b_total", { help: "B", labels: ["kind"] }).inc(1, { other: "x" });
// @ts-expect-error -- it has no labels
counter("a_total", { help: "A" }).inc(1, { kind: "x" });
