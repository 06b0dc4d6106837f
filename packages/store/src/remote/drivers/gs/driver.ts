import { BentoError } from "@bento/core";
import type { RemoteDriver } from "../../remote.js";

/**
 * Objects of Google Cloud Storage: `gs://bucket/path`, also `gcs://`. Who asks is found as all of Google's tools find it
 * (`GOOGLE_APPLICATION_CREDENTIALS`, `gcloud auth application-default login`, the machine's own account), or said:
 * `params.keyFile` is a file of credentials, `params.token` (or the password) an access token, `params.anonymous: "true"`
 * asks without any. `params.endpoint` or `STORAGE_EMULATOR_HOST` is another place than Google's own, `params.userProject`
 * the project that pays.
 */
export const driver: RemoteDriver = {
  async open(location) {
    if (location.isUntrusted) {
      throw new BentoError(
        "BENTO_BAD_REQUEST",
        `${location.protocol}:// is not for locations that are not trusted: they could name any host.`,
        { hint: "Take an https:// URL of the object." },
      );
    }
    const { settingsOf } = await import("./settings.js");
    const settings = settingsOf(location, process.env);
    const { accessOf } = await import("./access.js");
    const { GoogleObjects } = await import("./google-objects.js");
    const { BucketRequests } = await import("./requests.js");
    return new GoogleObjects(new BucketRequests(settings, await accessOf(settings, location)), location);
  },
};
