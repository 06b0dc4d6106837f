// Checked by tsc alone: how models are asked for and followed.
import { BentoModel, type BentoModelOptions, defineService, type Follow, type FollowOptions, service } from "../src/index.js";

@service({ follow: "latest" })
export class Plain {
  digits = new BentoModel("digits", { refresh: true, optional: true });
}

service({ follow: { version: "latest", pollSeconds: 10 } });
service({ follow: { version: "latest", pollSeconds: false } });
defineService({ name: "a", follow: false, apis: {} });

// What an app keeps in its own configuration has a name.
export const options: BentoModelOptions = { refresh: false };
export const following: FollowOptions = { version: "latest" };
export const follow: readonly Follow[] = [following, "latest", false];

// @ts-expect-error only what is newest moves
service({ follow: "v1" });

// @ts-expect-error it says what is followed
service({ follow: { pollSeconds: 1 } });

// @ts-expect-error seconds
service({ follow: { version: "latest", pollMs: 1000 } });

// @ts-expect-error yes is no version
service({ follow: true });

// @ts-expect-error a number is no text
defineService({ name: "a", follow: { version: "latest", pollSeconds: "1" }, apis: {} });

// @ts-expect-error no such option
export const pulling = new BentoModel("digits", { pull: true });

// @ts-expect-error yes or no
export const often = new BentoModel("digits", { refresh: "always" });
