import type { BentoIssue, JsonSchema, Schema } from "@bento/core";
import { namedDimensions } from "../kinds/named-dimensions.js";
import type { ApiSchema, SchemaResult } from "../spec.js";
import { bentoIssue, type StandardResult } from "./bento-issue.js";
import { briefValidation } from "./brief-validation.js";
import { internalsOf, isObjectSchema, type SchemaSide } from "./library.js";
import { checkStreamPlace } from "./stream-place.js";

/** A schema of any library as the runtime uses it: `side` says which end of it the caller sees. */
export function apiSchema(schema: Schema, side: SchemaSide): ApiSchema {
  const standard = schema["~standard"];
  const documents = new Map<SchemaSide, Promise<JsonSchema>>();
  const check = namedDimensions(internalsOf(schema));
  const brief = briefValidation(internalsOf(schema));
  const toResult = check === undefined ? schemaResult : (result: StandardResult) => checkedResult(schemaResult(result), check);
  return {
    isObject: isObjectSchema(schema, side),
    validate: (value, isBrief = false) => {
      const result = isBrief && brief !== undefined ? brief(value) : standard.validate(value);
      return result instanceof Promise ? result.then(toResult) : toResult(result);
    },
    jsonSchema: (of) => {
      let document = documents.get(of);
      if (document === undefined) documents.set(of, (document = makeDocument(schema, of, side)));
      return document;
    },
  };
}

/** The converters come along only when somebody wants a document: they would be a tenth of the sdk's import. */
async function makeDocument(schema: Schema, side: SchemaSide, place: SchemaSide): Promise<JsonSchema> {
  const { jsonSchemaOf } = await import("./json-schema.js");
  const document = await jsonSchemaOf(schema, side);
  checkStreamPlace(document, place);
  return document;
}

function schemaResult(result: StandardResult): SchemaResult {
  return result.issues === undefined ? result : { issues: result.issues.map(bentoIssue) };
}

function checkedResult(result: SchemaResult, check: (value: unknown) => readonly BentoIssue[]): SchemaResult {
  if (result.issues !== undefined) return result;
  const issues = check(result.value);
  return issues.length === 0 ? result : { issues };
}
