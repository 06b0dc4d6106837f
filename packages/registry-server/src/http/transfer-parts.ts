import type { ContentParts } from "./content.js";
import type { Tickets } from "./tickets.js";
import type { UploadStore } from "../uploads/upload-store.js";

/** What the routes of the plain API's tars stand on. */
export interface TransferParts extends ContentParts {
  readonly uploads: UploadStore;
  readonly tickets: Tickets;
}
