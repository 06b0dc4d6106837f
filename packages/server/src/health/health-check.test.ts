import { expect, test } from "vitest";

import type { Complaint } from "./ask-hooks.js";
import { HealthCheck } from "./health-check.js";

function checkOf(ask: () => Promise<Complaint>, patienceMs?: number) {
  const complaints: Complaint[] = [];
  return { check: new HealthCheck(ask, (complaint) => complaints.push(complaint), patienceMs), complaints };
}

test("whoever asks meanwhile gets the same answer", async () => {
  let asked = 0;
  let answer: (complaint: Complaint) => void = () => undefined;
  const { check } = checkOf(() => {
    asked += 1;
    return new Promise((resolve) => (answer = resolve));
  });
  const both = [check.isWell(), check.isWell()];
  answer(null);
  expect([await Promise.all(both), asked]).toEqual([[true, true], 1]);
  const later = check.isWell();
  answer({ hook: "a", problem: "b" });
  expect([await later, asked]).toEqual([false, 2]);
});

test("a hook that never answers does not hold up a probe", async () => {
  const { check, complaints } = checkOf(() => new Promise(() => undefined), 1);
  expect([await check.isWell(), complaints]).toEqual([false, [expect.objectContaining({ problem: "did not answer in time" })]]);
});

test("a question that fails is bad news; each reason is told once, until there is another one", async () => {
  const answers: (Complaint | Error)[] = [
    new Error("gone"),
    new Error("gone"),
    null,
    { hook: "a", problem: "b" },
    { hook: "a", problem: "b" },
  ];
  const { check, complaints } = checkOf(async () => {
    const next = answers.shift() ?? null;
    if (next instanceof Error) throw next;
    return next;
  });
  const told = [];
  for (let at = 0; at < 5; at += 1) told.push(await check.isWell());
  expect(told).toEqual([false, false, true, false, false]);
  expect(complaints.map((complaint) => complaint?.hook)).toEqual(["", "a"]);
});
