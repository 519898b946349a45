import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { handle, Refused } from "./routes.ts";

async function body(req: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString("utf8");
  if (!text || !(req.headers["content-type"] ?? "").includes("json")) return {};
  return JSON.parse(text);
}

/** Answers /api from made-up data, with a short delay, so that every screen can be looked at without a server. */
export function mockServer(): Plugin {
  return {
    name: "perennial-mock",
    apply: "serve",
    configureServer(vite) {
      vite.middlewares.use("/api", async (req: IncomingMessage, res: ServerResponse) => {
        const url = new URL(req.url ?? "/", "http://mock");
        const send = (status: number, value: unknown) => {
          res.statusCode = status;
          res.setHeader("Content-Type", "application/json");
          res.end(value === undefined ? "" : JSON.stringify(value));
        };
        try {
          const answer = handle(req.method ?? "GET", url, await body(req));
          await new Promise((done) => setTimeout(done, 60));
          send(200, answer);
        } catch (failure) {
          if (failure instanceof Refused) send(failure.status, { error: failure.error });
          else {
            console.error(failure);
            send(500, { error: { code: "mock.broken", text: String(failure), facts: {} } });
          }
        }
      });
    },
  };
}
