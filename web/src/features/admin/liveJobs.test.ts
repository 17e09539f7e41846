import { describe, expect, it } from "vitest";

import type { Job } from "@/contract/platform";

import { statesOf, unfinished } from "./liveJobs";

const JOB: Job = {
  id: "j1", kind: "exports.write", subject: {}, asked_by_name: "王医生", own: false, state: "running", cancelling: false, attempts: 1,
  progress: 0.2, error_code: null, reason: null, queued_at: "2026-11-29T08:00:00Z", started_at: null, ended_at: null,
};

describe("live jobs", () => {
  it("shows what has not ended", () => {
    const items = [JOB, { ...JOB, id: "j2", state: "done" as const }, { ...JOB, id: "j3", state: "queued" as const }];

    expect(unfinished(items).map((job) => job.id)).toEqual(["j1", "j3"]);
  });

  it("reads the list again once a state changes, not while a job goes on", () => {
    expect(statesOf([{ ...JOB, progress: 0.9 }])).toBe(statesOf([JOB]));
    expect(statesOf([{ ...JOB, cancelling: true }])).not.toBe(statesOf([JOB]));
    expect(statesOf([{ ...JOB, state: "failed" }])).not.toBe(statesOf([JOB]));
  });

  it("reads the list again once a job that was run again has failed again between two answers", () => {
    const failed: Job = { ...JOB, state: "failed", ended_at: "2026-11-29T08:01:00Z" };

    expect(statesOf([{ ...failed, ended_at: "2026-11-29T08:01:01Z" }])).not.toBe(statesOf([failed]));
  });
});
