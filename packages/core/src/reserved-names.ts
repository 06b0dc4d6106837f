/**
 * Names that an api may not be called by: on a typed client they mean something else.
 *
 * `endpoints` lists the service, `isReady` and `waitUntilReady` ask how it is; `then` would make a client look like a
 * promise and `toJSON` be called by `JSON.stringify`; the rest is what every JavaScript object has.
 */
export const reservedApiNames: ReadonlySet<string> = new Set([
  "endpoints",
  "isReady",
  "waitUntilReady",
  "then",
  "toJSON",
  ...Object.getOwnPropertyNames(Object.prototype),
]);
