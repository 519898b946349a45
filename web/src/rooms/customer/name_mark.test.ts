import { describe, expect, it } from "vitest";
import { markOf } from "./name_mark";

describe("the tile of a company", () => {
  it("shows what it is called by, behind its place", () => {
    expect(markOf("厦门屿岸物流有限公司")).toBe("屿");
    expect(markOf("深圳市腾空科技有限公司")).toBe("腾");
  });
  it("shows the first letter of a name that does not begin with a place", () => {
    expect(markOf("常青软件")).toBe("常");
    expect(markOf("acme Ltd.")).toBe("A");
    expect(markOf(" ")).toBe("");
  });
});
