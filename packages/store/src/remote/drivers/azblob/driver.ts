import { BentoError } from "@bento/core";
import type { RemoteDriver } from "../../remote.js";
import { loadOptional } from "../shared/optional-package.js";
import { accountOf } from "./account.js";

/**
 * Blobs of Azure: `azblob://container/path`, also `az://`. The account is `user` or `params.account`, its key `password`;
 * `params.sas` is a shared access signature, `params.endpoint` another place than Azure's own, `params.anonymous: "true"`
 * asks without any credentials. What is not said is read of `AZURE_STORAGE_ACCOUNT`, `_KEY`, `_SAS_TOKEN` and
 * `_CONNECTION_STRING`; without those, and with the package `@azure/identity`, of whoever is logged in.
 *
 * Blocks that an upload left which failed are shown to nobody. Azure offers no way to throw them away without making the
 * blob appear, and does it by itself a week after the last one, or with the next upload to the same name.
 * @source Azure: Put Block, remarks
 */
export const driver: RemoteDriver = {
  async open(location) {
    if (location.isUntrusted) {
      throw new BentoError(
        "BENTO_BAD_REQUEST",
        `${location.protocol}:// is not for locations that are not trusted: they could name any host.`,
        {
          hint: "Take an https:// URL of the blob.",
        },
      );
    }
    const account = accountOf(location, process.env);
    const library = await loadOptional(() => import("@azure/storage-blob"), { name: "@azure/storage-blob", scheme: location.protocol });
    const { AzureBlobs } = await import("./azure-blobs.js");
    return AzureBlobs.open(account, location, library);
  },
};
