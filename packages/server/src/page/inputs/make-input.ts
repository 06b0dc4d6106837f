import type { JsonSchema } from "@bento/core";

import { choiceOf, type Kind, kindOf, listOf, propertiesOf, textOf } from "../schema.js";
import { exampleTensor } from "../tensors.js";
import { bytesInput } from "./bytes-input.js";
import { fileInput, filesInput } from "./file-inputs.js";
import type { Input, Place } from "./input.js";
import { linesInput } from "./lines-input.js";
import { listInput, tupleInput } from "./list-input.js";
import { objectInput } from "./object-input.js";
import { tableInput } from "./table-input.js";
import { tensorInput } from "./tensor-input.js";
import { booleanInput, choiceInput, jsonInput, momentInput, numberExample, numberInput, textInput } from "./text-inputs.js";
import { unionInput } from "./union-input.js";

/** Deeper than this, a value is asked for as JSON: a schema may have no end. */
const deepest = 5;

/** The input for what a schema asks for. */
export function makeInput(schema: unknown, place: Place): Input {
  const { options } = choiceOf(schema, place.root);
  const [only] = options;
  if (only === undefined) return jsonInput(null);
  if (place.depth > deepest) return jsonInput(place.initial ?? exampleOf(only, place.root));
  return options.length > 1 ? unionInput(options, { ...place, make: makeInput }) : oneInput(only, { ...place, make: makeInput });
}

function oneInput(schema: JsonSchema, place: Place): Input {
  const { initial } = place;
  const kind = kindOf(schema);
  switch (kind) {
    case "file":
      return fileInput(schema);
    case "tensor":
      return tensorInput(schema, initial);
    case "dataframe":
      return tableInput(schema, initial);
    case "bytes":
      return bytesInput(schema, initial);
    case "date":
      return momentInput(initial ?? listOf(schema["examples"])[0]);
    case "boolean":
      return booleanInput(initial);
    case "const":
      return choiceInput([schema["const"]], schema["const"]);
    case "enum":
      return choiceInput(listOf(schema["enum"]), initial);
    case "string":
      return textInput(schema, initial);
    case "bigint":
    case "integer":
    case "number":
      return numberInput(schema, initial, { isWhole: kind !== "number", isBig: kind === "bigint" });
    case "object":
      return objectInput(schema, place);
    case "array":
      return arrayInput(schema, place);
    case "tuple":
      return tupleInput(listOf(schema["prefixItems"]), place);
    case "record":
    case "any":
      return jsonInput(initial ?? exampleOf(schema, place.root));
  }
}

/** Kinds of which many are typed more easily as one JSON list. */
const typedAsList: ReadonlySet<Kind> = new Set(["any", "array", "bigint", "boolean", "integer", "number", "record", "tuple"]);

function arrayInput(schema: JsonSchema, place: Place): Input {
  const { options } = choiceOf(schema["items"], place.root);
  const [item] = options;
  if (schema["x-bento-stream"] === true) return linesInput([1, 2, 3].map(() => JSON.stringify(exampleOf(item ?? {}, place.root))));
  if (item === undefined || (options.length === 1 && typedAsList.has(kindOf(item)))) {
    return jsonInput(place.initial ?? [1, 2, 3].map(() => exampleOf(item ?? {}, place.root)));
  }
  return options.length === 1 && kindOf(item) === "file" ? filesInput(item) : listInput(schema["items"], place);
}

/** A value that a schema allows, as plain JSON. */
export function exampleOf(schema: unknown, root: JsonSchema, depth = 0): unknown {
  const [option] = choiceOf(schema, root).options;
  if (option === undefined || depth > deepest) return null;
  if ("default" in option) return option["default"];
  const [example] = listOf(option["examples"]);
  if (example !== undefined) return example;
  switch (kindOf(option)) {
    case "string":
    case "bytes":
      return "text";
    case "bigint":
    case "integer":
    case "number":
      return numberExample(option);
    case "boolean":
      return true;
    case "date":
      return new Date().toISOString();
    case "enum":
      return listOf(option["enum"])[0];
    case "const":
      return option["const"];
    case "array":
      return [exampleOf(option["items"], root, depth + 1)];
    case "tuple":
      return listOf(option["prefixItems"]).map((item) => exampleOf(item, root, depth + 1));
    case "object":
      return Object.fromEntries(Object.entries(propertiesOf(option)).map(([name, inner]) => [name, exampleOf(inner, root, depth + 1)]));
    case "record":
      return "additionalProperties" in option ? { name: exampleOf(option["additionalProperties"], root, depth + 1) } : {};
    case "tensor":
      return JSON.parse(exampleTensor(textOf(option["dtype"]), [2])) as unknown;
    case "dataframe":
      return [{}];
    case "file":
      return "data:,";
    case "any":
      return {};
  }
}
