import { setTimeout as sleep } from "node:timers/promises";
import { api, type Args, BentoModel, type Context, onStartup, service } from "@bento/sdk";
import { z } from "zod";
import { TextModel, type TextModelData } from "./text-model.js";

const Prompt = z.object({
  prompt: z.string().max(1000).default("").describe("the story goes on after it"),
  maxTokens: z.int().min(1).max(100_000).default(200),
  seed: z.int().min(0).max(0xff_ff_ff_ff).default(1).describe("the same story for the same number"),
  tokensPerSecond: z.number().positive().max(10_000).default(25).describe("the model is quicker than anybody reads"),
});

const Progress = z.object({
  running: z.int().describe("stories that are being told"),
  tokens: z.int().describe("tokens that were made since the start"),
});

@service({ name: "storyteller", description: "Tells stories, token by token." })
export class Storyteller {
  readonly model = new BentoModel("storyteller:latest");
  #text!: TextModel;
  #running = 0;
  #tokens = 0;

  @onStartup()
  protected async load() {
    const [tokens, continuations] = await Promise.all([this.model.json("tokens.json"), this.model.json("continuations.json")]);
    this.#text = new TextModel({ tokens, continuations } as TextModelData);
  }

  @api({ input: Prompt, output: z.string(), description: "A story, as it comes." })
  async *generate({ prompt, maxTokens, seed, tokensPerSecond }: Args<typeof Prompt>, ctx: Context): AsyncGenerator<string> {
    const from = performance.now();
    let abortedAt: number | undefined;
    ctx.signal.addEventListener("abort", () => (abortedAt = performance.now()), { once: true });
    let made = 0;
    this.#running += 1;
    try {
      for (const token of this.#text.continuing(prompt, seed)) {
        if (made === maxTokens) return;
        // Whatever takes long is given the signal, so that it ends as soon as the caller is gone.
        await sleep(from + (made * 1000) / tokensPerSecond - performance.now(), undefined, { signal: ctx.signal });
        made += 1;
        this.#tokens += 1;
        yield token;
      }
    } finally {
      // Runs however the story ends: told to its end, cancelled, or its caller lost.
      this.#running -= 1;
      const end =
        abortedAt === undefined ? "told to its end" : `cut short, and ended ${(performance.now() - abortedAt).toFixed(1)} ms later`;
      console.log(`Story ${ctx.requestId}: ${made} of ${maxTokens} tokens, ${end}.`);
    }
  }

  @api({ output: Progress, description: "What the storyteller is at." })
  progress(): z.infer<typeof Progress> {
    return { running: this.#running, tokens: this.#tokens };
  }
}
