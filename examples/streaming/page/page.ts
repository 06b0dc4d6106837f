// Reads a story along as it is told, with the same typed client as any other program.
import { BentoError, createClient } from "@bento/client";
import type { Storyteller } from "../service.js";

const client = createClient<Storyteller>(location.origin);
const [form, generate, cancel] = [byId("form", HTMLFormElement), byId("generate", HTMLButtonElement), byId("cancel", HTMLButtonElement)];
const [story, state, server] = [byId("story", HTMLElement), byId("state", HTMLElement), byId("server", HTMLElement)];
let running: AbortController | undefined;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void tell();
});
// Nothing more is needed: the client breaks the call off, and the generator in the server ends.
cancel.addEventListener("click", () => running?.abort());
void showServer();

async function tell(): Promise<void> {
  running = new AbortController();
  generate.disabled = true;
  cancel.disabled = false;
  const prompt = byId("prompt", HTMLTextAreaElement).value;
  const input = { prompt, maxTokens: numberIn("max-tokens"), tokensPerSecond: numberIn("speed"), seed: numberIn("seed") };
  story.textContent = prompt;
  let tokens = 0;
  try {
    for await (const token of client.generate(input, { signal: running.signal })) {
      tokens += 1;
      story.append(token);
      state.textContent = `${tokens} tokens ...`;
    }
    state.textContent = `Told to its end: ${tokens} tokens.`;
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    state.textContent = error.code === "BENTO_CANCELLED" ? `Cancelled after ${tokens} tokens.` : error.message;
  } finally {
    generate.disabled = false;
    cancel.disabled = true;
  }
}

/** What the server says of itself, twice a second: after a cancel it makes no more tokens. */
async function showServer(): Promise<void> {
  try {
    const now = await client.progress();
    const stories = now.running === 0 ? "no story" : now.running === 1 ? "one story" : `${now.running} stories`;
    server.textContent = `The server tells ${stories}, and has made ${now.tokens} tokens.`;
  } catch {
    server.textContent = "The server cannot be reached.";
  }
  setTimeout(() => void showServer(), 500);
}

function numberIn(id: string): number {
  return byId(id, HTMLInputElement).valueAsNumber;
}

function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${kind.name} "${id}".`);
}
