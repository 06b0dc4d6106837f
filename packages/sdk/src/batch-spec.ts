import type { BatchPolicy, JsonSchema } from "@bento/core";
import type { BatchOptions } from "./batch-types.js";
import { checkPositive, describe } from "./option-checks.js";
import { earlyDocument } from "./schema/early-document.js";
import { mayHoldArray } from "./schema/may-hold-array.js";
import { capital, serviceInvalid } from "./service-invalid.js";
import type { ApiSchema, ApiSpec, BatchSpec } from "./spec.js";

const defaultMaxSize = 100;
const defaultMaxLatencyMs = 60_000;

/** Options that say how calls are gathered, and nothing where they are not. */
const howOptions = ["maxBatchSize", "maxLatencyMs", "batchDim", "batchPolicy"] as const satisfies (keyof BatchOptions)[];

/** The names of all options of batching. */
export const batchOptionNames: readonly string[] = ["batchable", ...howOptions];

/** The batching of an api, from its checked option names. @throws BENTO_SERVICE_INVALID */
export function batchOf(whose: string, options: Readonly<Record<string, unknown>>): BatchSpec | undefined {
  const { batchable = false, maxBatchSize, maxLatencyMs, batchDim, batchPolicy } = options;
  if (batchable === "continuous") return undefined;
  if (typeof batchable !== "boolean") {
    throw serviceInvalid(
      `The batchable of ${whose} is ${describe(batchable)}.`,
      'Say true or false, or "continuous" where it takes steps.',
    );
  }
  if (!batchable) {
    const given = howOptions.find((name) => options[name] !== undefined);
    if (given === undefined) return undefined;
    throw serviceInvalid(`${capital(whose)} has a ${given}, but is not batchable.`, `Add \`batchable: true\`, or leave \`${given}\` out.`);
  }
  if (options["input"] === undefined) {
    throw serviceInvalid(`${capital(whose)} is batchable, but has no input schema.`, "Add one: @api({ input: z.array(z.string()), ... }).");
  }
  const [inputDim, outputDim] = dimensionsOf(whose, batchDim);
  return Object.freeze({
    maxSize: maxSizeOf(whose, maxBatchSize),
    maxLatencyMs: maxLatencyMs === undefined ? defaultMaxLatencyMs : checkPositive(whose, "maxLatencyMs", maxLatencyMs),
    inputDim,
    outputDim,
    policy: policyOf(whose, batchPolicy),
  });
}

/** The option `maxBatchSize`. @throws BENTO_SERVICE_INVALID */
export function maxSizeOf(whose: string, given: unknown): number {
  return given === undefined ? defaultMaxSize : checkPositive(whose, "maxBatchSize", given, true);
}

function dimensionsOf(whose: string, given: unknown): readonly [input: number, output: number] {
  if (given === undefined) return [0, 0];
  if (!Array.isArray(given)) return [checkDimension(whose, "batchDim", given), checkDimension(whose, "batchDim", given)];
  if (given.length === 2) return [checkDimension(whose, "batchDim[0]", given[0]), checkDimension(whose, "batchDim[1]", given[1])];
  throw serviceInvalid(`The batchDim of ${whose} is a list of ${given.length}.`, "Give one dimension, or two: [input, output].");
}

function checkDimension(whose: string, option: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw serviceInvalid(`The ${option} of ${whose} is ${describe(value)}.`, "Give a whole number, 0 for the array itself, or leave it out.");
}

function policyOf(whose: string, given: unknown): BatchPolicy | undefined {
  if (given === undefined || typeof given === "function") return given as BatchPolicy | undefined;
  throw serviceInvalid(`The batchPolicy of ${whose} is ${describe(given)}.`, "Give a function of the state that returns a decision.");
}

/**
 * The two schemas of a batchable api, refused where one of them has no array: at once where its library tells, else as
 * soon as its document is asked for. What counts is the method's side of each.
 * @throws BENTO_SERVICE_INVALID
 */
export function batchSchemas(
  whose: string,
  batch: BatchSpec,
  given: Readonly<Record<string, unknown>>,
  { input, output }: Pick<ApiSpec, "input" | "output">,
): Pick<ApiSpec, "input" | "output"> {
  const checkInput = arrayCheck(`The input of ${whose}`, batch.inputDim, "Take an array, or an object with an array among its properties");
  const checkOutput = arrayCheck(
    `The output of ${whose}`,
    batch.outputDim,
    "Return an array, or an object with an array among its properties",
  );
  checkInput(earlyDocument(given["input"], "output") ?? {});
  checkOutput(earlyDocument(given["output"], "input") ?? {});
  return { input: checkedLater(input, "output", checkInput), output: checkedLater(output, "input", checkOutput) };
}

function arrayCheck(what: string, dimension: number, cure: string): (document: JsonSchema) => void {
  return (document) => {
    if (mayHoldArray(document, dimension)) return;
    const array = dimension === 0 ? "array" : `array of ${dimension + 1} dimensions`;
    throw serviceInvalid(`${what} holds no ${array}, but its api is batchable.`, `${cure}, or leave \`batchable\` out.`);
  };
}

function checkedLater(schema: ApiSchema, methodSide: "input" | "output", check: (document: JsonSchema) => void): ApiSchema {
  return {
    ...schema,
    jsonSchema: async (side) => {
      check(await schema.jsonSchema(methodSide));
      return schema.jsonSchema(side);
    },
  };
}
