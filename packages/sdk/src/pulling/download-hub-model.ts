import { type DownloadOptions, downloadSnapshot, type HubSnapshot } from "@bento/registry/hub";
import { sizeText } from "./progress-text.js";
import { PullReport } from "./pull-report.js";
import type { PullWatch } from "./pull-watch.js";

/** A model of the Hugging Face hub, in the cache; whoever looks on is told of it where something has to come. */
export async function downloadHubModel(modelId: string, options: DownloadOptions, watch: PullWatch = {}): Promise<HubSnapshot> {
  const transfer = downloadSnapshot(modelId, { ...options, signal: watch.signal });
  const startedAt = performance.now();
  let bytes: number | undefined;
  {
    using report = new PullReport(`${modelId} from the Hugging Face hub`, watch);
    for await (const progress of transfer) {
      if (bytes === undefined)
        watch.logger?.info({ model: modelId, bytes: progress.total }, `Downloading ${modelId} from the Hugging Face hub`);
      ({ bytes } = progress);
      report.update(progress);
    }
  }
  const snapshot = await transfer;
  if (bytes === undefined) return snapshot;
  const seconds = (performance.now() - startedAt) / 1000;
  const fields = { model: modelId, commit: snapshot.commit, bytes, seconds: Number(seconds.toFixed(3)) };
  watch.logger?.info(
    fields,
    `Downloaded ${modelId} at ${snapshot.commit}: ${sizeText(bytes)} in ${seconds.toFixed(1)} s, checked against its hashes`,
  );
  return snapshot;
}
