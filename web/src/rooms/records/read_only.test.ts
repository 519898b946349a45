import { expect, it } from "vitest";
import type { Form } from "@/rooms/forms";
import forms from "../../../dev/forms.json";
import { readOnly } from "./read_only";

const raw = (forms as unknown as (Form & { form: string })[]).find((f) => f.form === "contract") as Form;
const contract: Form = { ...raw, key: "contract", may: ["read" as never, "update"] };
const why = (path: string, form = contract) => {
  const field = form.fields.find((f) => f.key === path.split(".")[0]);
  return field && readOnly(form, field, path);
};

it("says why a cell cannot be changed where it stands", () => {
  expect(why("days_left")).toBe("computed");
  expect(why("number")).toBe("numbered");
  expect(why("customer.health_score")).toBe("elsewhere");
  expect(why("end_date")).toBe("planned"); // its plan is seen first
  expect(why("predecessor")).toBe("unique");
  expect(why("customer")).toBe("in_record");
  expect(why("status")).toBeNull();
  expect(why("status", { ...contract, may: [] })).toBe("no_right");
});
