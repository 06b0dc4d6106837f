import { expect, test } from "vitest";
import { patientReply } from "./patient-reply.js";

test("what is known soon is answered as it is, and what fails soon fails", async () => {
  const answer = new Response("{}", { status: 201 });
  expect(await patientReply(Promise.resolve(answer))).toBe(answer);
  await expect(patientReply(Promise.reject(new Error("refused")))).rejects.toThrow("refused");
});

test("what takes long is announced by blanks, which are no part of its JSON", async () => {
  let finish: (answer: Response) => void = () => {};
  const work = new Promise<Response>((resolve) => void (finish = resolve));
  const answer = await patientReply(work, 1);
  const reader = answer.body?.getReader();
  const first = await reader?.read();
  expect([answer.status, new TextDecoder().decode(first?.value)]).toEqual([200, " "]);
  finish(Response.json({ done: true }));
  let text = "";
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) text += new TextDecoder().decode(next.value);
  expect(JSON.parse(text)).toEqual({ done: true });
});

test("what fails after that breaks the answer off", async () => {
  let fail: (error: Error) => void = () => {};
  const work = new Promise<Response>((...settle) => void ([, fail] = settle));
  const answer = await patientReply(work, 1);
  fail(new Error("too late"));
  await expect(answer.text()).rejects.toThrow("too late");
});
