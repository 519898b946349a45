import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { startI18n } from "./i18n";
import "./theme/base.css";
import "./kit/values.css";
import "./kit/page.css";
import "./kit/kit.css";

const root = document.getElementById("root");
if (!root) throw new Error("no #root");
await startI18n();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
