import type { EndpointInfo } from "@bento/client";
import { InvalidArgumentError } from "commander";
import { closeWords } from "../command/close-words.js";
import { argumentValue, oneValue } from "./argument-value.js";
import type { CallWords } from "./call-words.js";
import type { GivenFiles } from "./given-files.js";
import { inputText } from "./shape-text.js";
import { SchemaView } from "./shapes.js";

/**
 * The input of a call, from what stands on the command line: one value for all of it, arguments by their names, or both,
 * where arguments win over what the value holds.
 * @returns undefined where nothing was given
 * @throws InvalidArgumentError where that is not what the endpoint takes; BENTO_FILE_NOT_FOUND
 */
export async function callInput({ name, input }: EndpointInfo, words: CallWords, files: GivenFiles): Promise<unknown> {
  const view = new SchemaView(input);
  const base = words.input === undefined ? undefined : await oneValue(words.input, { name: `The input of "${name}"`, view, files });
  if (words.named.size === 0 && base !== undefined) return base;
  const takesArguments = view.schema["type"] === "object" || view.propertyNames.length > 0;
  if (!takesArguments) {
    if (words.named.size > 0) throw new InvalidArgumentError(`"${name}" takes one value without a name: ${inputText(view)}.`);
    const shapes = view.shapes();
    if (view.schema["default"] !== undefined || shapes.has("null") || shapes.has("any")) return undefined;
    const how = shapes.has("file") || view.isStream ? " Write @FILE, or @- for what is piped in." : "";
    throw new InvalidArgumentError(`"${name}" lacks its input: ${inputText(view)}.${how}`);
  }
  if (base !== undefined && (typeof base !== "object" || base === null || Array.isArray(base))) {
    throw new InvalidArgumentError(`The input of "${name}" is no object that arguments could be added to.`);
  }
  const given: [string, unknown][] = [];
  for (const [key, texts] of words.named) {
    const property = view.property(key) ?? unknownArgument(name, key, view);
    given.push([key, await argumentValue(texts, { name: `--${key}`, view: property, files })]);
  }
  const whole = Object.fromEntries([...Object.entries(base ?? {}), ...given]);
  const missing = view.required.filter((key) => !Object.hasOwn(whole, key));
  if (missing.length > 0) {
    throw new InvalidArgumentError(`"${name}" lacks ${missing.map((key) => `--${key}`).join(", ")}. It takes ${inputText(view)}.`);
  }
  return whole;
}

/** The view of an argument that has no schema of its own, where such ones may be given. */
function unknownArgument(endpoint: string, key: string, view: SchemaView): SchemaView {
  const others = view.schema["additionalProperties"];
  if (others === true || (view.schema["properties"] === undefined && others !== false)) return new SchemaView({});
  const close = closeWords(key, view.propertyNames).map((word) => `--${word}`);
  const hint = close.length > 0 ? ` Did you mean ${close.join(" or ")}?` : "";
  const takes = view.propertyNames.length === 0 ? "It takes no arguments." : `It takes ${inputText(view)}.`;
  throw new InvalidArgumentError(`"${endpoint}" has no argument --${key}.${hint} ${takes}`);
}
