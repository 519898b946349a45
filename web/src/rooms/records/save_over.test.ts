import { expect, it, vi } from "vitest";
import { Problem } from "@/api";
import { updateRecord } from "./api";
import { saveOver } from "./save_over";

vi.mock("./api", async (original) => ({ ...(await original<object>()), updateRecord: vi.fn() }));
const server = vi.mocked(updateRecord);

/** Somebody wrote version 4 since; `theirs` now stands in these fields, `both` where I changed it too. */
const stale = (fields: Record<string, { theirs: string; both: boolean }>) =>
  new Problem(409, "records.stale", "", null, {
    version: 4,
    mergeable: !Object.values(fields).some((f) => f.both),
    fields,
  });

it("saves over what others changed elsewhere, and goes on from the version that was read", async () => {
  server.mockReset();
  server.mockRejectedValueOnce(stale({ owner: { theirs: "唐可", both: false } })).mockResolvedValueOnce({ version: 5 });
  // going on from 5 would overwrite the owner that nobody here has seen
  expect(await saveOver("contract", 7, 2, { status: "lost" })).toEqual({ version: 2 });
  expect(server.mock.calls.map((call) => call[2])).toEqual([2, 4]);
});

it("asks where both changed a field, not where it still stands as it was seen", async () => {
  server.mockReset();
  server.mockRejectedValueOnce(stale({ amount: { theirs: "90.00", both: true } }));
  expect(await saveOver("contract", 7, 2, { amount: "80" }, { amount: "70" })).toMatchObject({ stale: { version: 4 } });
  server
    .mockRejectedValueOnce(stale({ amount: { theirs: "70.00", both: true } }))
    .mockResolvedValueOnce({ version: 5 });
  expect(await saveOver("contract", 7, 2, { amount: "80" }, { amount: "70" })).toEqual({ version: 2 });
});

it("asks when somebody is faster once more, and passes on what is no conflict", async () => {
  server.mockReset();
  server.mockRejectedValueOnce(stale({})).mockRejectedValueOnce(stale({ amount: { theirs: "1", both: true } }));
  expect(await saveOver("contract", 7, 2, { amount: "80" })).toMatchObject({ stale: { version: 4 } });
  server.mockRejectedValueOnce(new Problem(0, "http.offline", "", null, {}));
  await expect(saveOver("contract", 7, 2, { amount: "80" })).rejects.toMatchObject({ code: "http.offline" });
});
