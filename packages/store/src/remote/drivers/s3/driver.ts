import type { RemoteDriver } from "../../remote.js";
import { BucketRemote } from "./bucket-remote.js";
import { BucketRequests } from "./bucket-requests.js";
import { openClient } from "./client.js";
import { settingsOf } from "./settings.js";

/** Amazon S3 and servers that speak its language: `s3://bucket/key`. */
export const driver: RemoteDriver = {
  async open(location, { signal }) {
    const settings = settingsOf(location);
    const access = await openClient(settings, location);
    const requests = new BucketRequests(access, location);
    // Who has no keys learns it here, with what to do about it.
    await requests.ask("reach", "", signal, () => access.client.config.credentials());
    return new BucketRemote(requests, settings.partSize);
  },
};
