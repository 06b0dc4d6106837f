// Checked by tsc alone, under both decorator settings: workers, devices and resources of a service, and where a call runs.
import { api, type Context, defineService, service, type WorkerInfo } from "@bento/sdk";
import type { ServiceSpec } from "@bento/sdk/runtime";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Equal<A, B>): boolean => verdict;

@service({ workers: 2, resources: { gpu: 2, cpu: "500m", memory: "4Gi" } })
export class Numbered {
  @api() where(_: unknown, ctx: Context) {
    same<typeof ctx.worker, WorkerInfo>(true);
    same<typeof ctx.worker.devices, readonly string[]>(true);
    // @ts-expect-error a worker cannot move
    ctx.worker.index = 2;
    // @ts-expect-error nor take devices
    ctx.worker.devices.push("1");
    return ctx.worker.index / ctx.worker.count;
  }
}

service({ workers: "cpu_count", resources: { cpu: 0.5 } });
service({ workers: [{ gpus: [0, 1] }, { gpus: ["GPU-5d5ba0d6"] }, { gpus: ["MIG-c6d4f1ef"] }, { gpus: [] }] });

// A list that is computed is as good.
const ids: readonly string[] = (process.env["IDS"] ?? "").split(",");
export const Defined = defineService({ name: "defined", apis: {}, workers: ids.map((id) => ({ gpus: [id] })), resources: { gpu: 0.5 } });

same<ServiceSpec["workers"], number | "cpu_count" | readonly { readonly gpus: readonly string[] }[] | undefined>(true);

// @ts-expect-error BentoML's own word, and no other
service({ workers: "auto" });
// @ts-expect-error a number is no text
service({ workers: "2" });
// @ts-expect-error each worker is an object
service({ workers: [0, 1] });
// @ts-expect-error which devices?
service({ workers: [{}] });
// @ts-expect-error a list, also of one
service({ workers: [{ gpus: 0 }] });
// @ts-expect-error no such option of a worker
service({ workers: [{ gpus: [0], cpu: 1 }] });
// @ts-expect-error how many, not which
service({ resources: { gpu: [0, 1] } });
// @ts-expect-error a number is no text
service({ resources: { gpu: "2" } });
// @ts-expect-error no such resource
service({ resources: { gpus: 2 } });
// @ts-expect-error bytes have a unit
service({ resources: { memory: 4 } });
// @ts-expect-error whoever serves decides that, not the service
service({ devices: "clamp" });
// @ts-expect-error nor without decorators
defineService({ name: "x", apis: {}, workers: "all" });
// @ts-expect-error nor there
defineService({ name: "x", apis: {}, resources: { gpus: 1 } });
