import { BentoError } from "@bento/core";
import type { Remote, RemoteDriver } from "../../remote.js";
import { clientOf } from "../http/driver.js";
import { serverUrl } from "../http/web-url.js";
import { certificatesIn } from "../shared/certificates.js";
import { checkParameters } from "../shared/parameters.js";
import { DavServer } from "./dav-server.js";
import { WebdavRemote } from "./webdav-remote.js";

/** `webdav://` and `webdavs://`: WebDAV over HTTP and HTTPS, the latter with `ca`, a file of certificates. */
export const driver: RemoteDriver = {
  async open(location): Promise<Remote> {
    const { protocol, params, isUntrusted, secrets } = location;
    if (isUntrusted) {
      throw new BentoError("BENTO_BAD_REQUEST", `A ${protocol}:// location that is not trusted is not opened.`, {
        hint: "Only http:// and https:// can be checked for where they lead.",
      });
    }
    checkParameters(location, protocol === "webdavs" ? ["ca"] : []);
    const base = serverUrl(location, protocol === "webdavs");
    const client = await clientOf(location, base, await certificatesIn(params["ca"]));
    return new WebdavRemote(`${protocol}://${base.host}/`, new DavServer(client, base), secrets);
  },
};
