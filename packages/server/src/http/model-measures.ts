import type { ServedModels } from "../executor/executor.js";
import type { Measures } from "./measures.js";
import type { ServiceLabels } from "./metrics.js";

/** Which version of each model is served, and by how many processes; nothing where there are no models. */
export function modelMeasures(models: ServedModels, service: ServiceLabels): Measures {
  const served = Object.entries(models);
  if (served.length === 0) return {};
  const labels = ["model", "version", ...Object.keys(service)];
  const series = served.map(([tag, processes]) => {
    const [model = "", version = ""] = tag.split(":");
    return [JSON.stringify([model, version, ...Object.values(service)]), processes] as const;
  });
  const help = "Processes that serve a version of a model";
  return { bentoml_service_model_info: { kind: "gauge", help, labels, series: Object.fromEntries(series) } };
}
