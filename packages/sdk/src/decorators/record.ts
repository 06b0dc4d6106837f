import { serviceInvalid } from "../service-invalid.js";
import { type AnyClass, holdersOf, type MethodPlace } from "./mode.js";

/** What a method can be to a service. */
export type MemberRole = "api" | "startup" | "shutdown" | "deployment" | "readiness" | "liveness" | "metrics";

/** The decorator behind each role. */
const decoratorOf: Readonly<Record<MemberRole, string>> = {
  api: "api",
  startup: "onStartup",
  shutdown: "onShutdown",
  deployment: "onDeployment",
  readiness: "readiness",
  liveness: "liveness",
  metrics: "metrics",
};

/** What a method decorator leaves behind. Plain data under a `Symbol.for` key, so that any copy of the package reads it. */
export interface MemberRecord {
  readonly role: MemberRole;
  readonly name: string;
  readonly isStatic: boolean;
  readonly isPrivate: boolean;
  readonly method: (...args: never) => unknown;
  readonly read: ((instance: object) => unknown) | undefined;
  /** As given to the decorator; checked when the spec is read. */
  readonly options: unknown;
}

/** What `@service` leaves behind. */
export interface ServiceRecord {
  readonly name: string | undefined;
  readonly options: unknown;
  /** Whether its methods are functions of a module, whose variables all instances share. @default false */
  readonly sharesState?: boolean;
}

const membersKey = Symbol.for("bento.members");
const serviceKey = Symbol.for("bento.service");

/** Records a member's role. @throws BENTO_SERVICE_INVALID when the method has this role already, or is both api and hook */
export function recordMember(role: MemberRole, place: MethodPlace, options: unknown): void {
  const { holder, name, isStatic, isPrivate, method, read } = place;
  checkPlace(role, place);
  const records = ownRecords(holder);
  const other = records.find((record) => record.name === name && record.isStatic === isStatic);
  if (other?.role === role) {
    throw serviceInvalid(`@${decoratorOf[role]} stands before ${name} twice.`, "Remove one of the two.");
  }
  if (other !== undefined && (other.role === "api" || role === "api")) {
    throw serviceInvalid(`${name} is declared as an endpoint and as a lifecycle hook.`, "Let a hook and an endpoint be two methods.");
  }
  records.push({ role, name, isStatic, isPrivate, method, read, options });
}

/** What the decorators of one class recorded, in order of declaration, without what it inherits. */
export function memberRecords(target: AnyClass): readonly MemberRecord[] {
  return holdersOf(target).flatMap((holder) => (Object.hasOwn(holder, membersKey) ? ownRecords(holder) : []));
}

/** Records that a class is a service. @throws BENTO_SERVICE_INVALID when it is one already */
export function recordService(target: AnyClass, record: ServiceRecord): void {
  if (serviceRecord(target) !== undefined) {
    throw serviceInvalid(`@service stands before class ${target.name} twice.`, "Remove one of the two.");
  }
  Object.defineProperty(target, serviceKey, { value: record });
}

/** What `@service` recorded on this very class; a subclass does not inherit it. */
export function serviceRecord(target: AnyClass): ServiceRecord | undefined {
  return Object.getOwnPropertyDescriptor(target, serviceKey)?.value as ServiceRecord | undefined;
}

function checkPlace(role: MemberRole, { name, isStatic, isPrivate }: MethodPlace): void {
  const decorator = decoratorOf[role];
  if (isStatic !== (role === "deployment")) {
    const cure = isStatic ? "Remove `static`." : "Make it `static`: it runs before any instance exists.";
    throw serviceInvalid(`@${decorator} stands before the ${isStatic ? "static" : "instance"} method ${name}.`, cure);
  }
  if (isPrivate && role === "api") {
    throw serviceInvalid(`@${decorator} stands before the private method ${name}.`, "Make it public: an endpoint is called from outside.");
  }
}

function ownRecords(holder: object): MemberRecord[] {
  const own: unknown = Object.getOwnPropertyDescriptor(holder, membersKey)?.value;
  if (own !== undefined) return own as MemberRecord[];
  const records: MemberRecord[] = [];
  Object.defineProperty(holder, membersKey, { value: records });
  return records;
}
