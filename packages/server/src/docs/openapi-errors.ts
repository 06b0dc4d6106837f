import type { JsonSchema } from "@bento/core";

import { retryAfterHeader } from "./openapi-headers.js";

const errorBody = {
  type: "object",
  required: ["error"],
  properties: {
    error: { type: "string", description: "What happened" },
    detail: {
      type: "array",
      description: "The problems of an invalid input or output",
      items: {
        type: "object",
        required: ["type", "loc", "msg"],
        properties: {
          type: { type: "string" },
          loc: { type: "array", items: { type: ["string", "integer"] } },
          msg: { type: "string" },
        },
      },
    },
    code: { type: "string", description: "The same for programs, such as BENTO_INPUT_INVALID" },
    hint: { type: "string", description: "What to do next" },
  },
} satisfies JsonSchema;

/** The bodies of failures. Errors below 500 come in an array of one, as BentoML has it, but for invalid inputs. */
export const errorSchemas: Readonly<Record<string, JsonSchema>> = {
  Error: errorBody,
  InvalidArgument: { oneOf: [{ $ref: "#/components/schemas/Error" }, { type: "array", items: { $ref: "#/components/schemas/Error" } }] },
  NotFound: { type: "array", items: { $ref: "#/components/schemas/Error" } },
  InternalServerError: { $ref: "#/components/schemas/Error" },
};

/** The answers that an endpoint may give in place of its own. */
export const errorResponses = {
  InvalidArgument: errorResponse("The request cannot be read, or its input is invalid", "InvalidArgument"),
  NotFound: errorResponse("What was asked for does not exist", "NotFound"),
  TooManyRequests: errorResponse("As many calls run as may", "Error", retryAfterHeader),
  InternalServerError: errorResponse("The service failed", "InternalServerError"),
  ServiceUnavailable: errorResponse("The service has more to do than it can, or is not ready", "Error", retryAfterHeader),
  GatewayTimeout: errorResponse("There was no answer in time", "Error"),
};

/** The same, by status. */
export const errorReferences = {
  "400": reference("InvalidArgument"),
  "404": reference("NotFound"),
  "429": reference("TooManyRequests"),
  "500": reference("InternalServerError"),
  "503": reference("ServiceUnavailable"),
  "504": reference("GatewayTimeout"),
};

function reference(name: keyof typeof errorResponses): object {
  return { $ref: `#/components/responses/${name}` };
}

function errorResponse(description: string, schema: string, headers?: object): object {
  const content = { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } };
  return { description, ...(headers && { headers }), content };
}
