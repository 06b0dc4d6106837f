import type { Remote, RemoteDriver } from "../remote.js";
import { BentoError } from "@bento/core";
import { clientOf } from "../http/driver.js";
import { serverUrl } from "../http/web-url.js";
import { DavServer } from "./dav-server.js";
import { WebdavRemote } from "./webdav-remote.js";

/** `webdav://` and `webdavs://`: WebDAV over HTTP and HTTPS. */
export const driver: RemoteDriver = {
  async open(location): Promise<Remote> {
    const { protocol, isUntrusted, secrets } = location;
    if (isUntrusted) {
      throw new BentoError("BENTO_BAD_REQUEST", `A ${protocol}:// location that is not trusted is not opened.`, {
        hint: "Only http:// and https:// can be checked for where they lead.",
      });
    }
    const base = serverUrl(location, protocol === "webdavs");
    return new WebdavRemote(`${protocol}://${base.host}/`, new DavServer(await clientOf(location, base), base), secrets);
  },
};
