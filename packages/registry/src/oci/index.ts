export type { OciCredentials } from "./credentials.js";
export type { OciOptions } from "./oci-options.js";
export { inspectOci, type OciPullOptions, pullOci } from "./pull-oci.js";
export { type OciPushOptions, pushOci } from "./push-oci.js";
