// Where does the page start? The theme first, so that nothing flashes; then the document's one root.
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { restoreTheme } from "./theme.ts";
import "./tokens.css";
import "./base.css";

restoreTheme();
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
