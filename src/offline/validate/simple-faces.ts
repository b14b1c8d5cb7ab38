// Do people and programs get to see a running gateway? Its dashboard, its live feed and its metrics.

import { demand, demandSame, type SectionPlan } from "./check.ts";
import { frameWords } from "./feed-reader.ts";
import { excerpt, type Visitor } from "./visitor.ts";

const FIRST_FRAME_MS = 5_000;

export const dashboardSection = (visitor: Visitor): SectionPlan => ({
  title: "Dashboard",
  chained: true,
  steps: [
    {
      name: "its page loads, whatever the path",
      async look() {
        const page = await visitor.send("GET", "/");
        demand(page.status === 200 && page.type.startsWith("text/html"), "HTTP 200 with HTML at /", excerpt(page));
        const deeper = await visitor.send("GET", "/servers/any");
        demandSame("the page at /servers/any", deeper.text, page.text);
        return `${page.text.length} characters`;
      },
    },
    {
      name: "its scripts and styles load",
      async look() {
        const { text } = await visitor.send("GET", "/");
        const scripts = [...text.matchAll(/<script\b[^>]*\bsrc="([^"]+)"/g)].map(([, path = ""]) => path);
        const styles = [...text.matchAll(/<link\b[^>]*\brel="stylesheet"[^>]*\bhref="([^"]+)"/g)].map(
          ([, path = ""]) => path,
        );
        demand(scripts.length > 0, "a script in the page", "none");
        for (const path of scripts) await loads(visitor, path, "javascript");
        for (const path of styles) await loads(visitor, path, "css");
        return `${scripts.length} scripts, ${styles.length} styles`;
      },
    },
  ],
});

async function loads(visitor: Visitor, path: string, kind: string): Promise<void> {
  const { status, type, text } = await visitor.send("GET", path);
  const seen = `HTTP ${status}, ${type}, ${text.length} characters`;
  demand(status === 200 && type.includes(kind) && text !== "", `${kind} at ${path}`, seen);
}

export const liveSection = (visitor: Visitor): SectionPlan => ({
  title: "Live feed",
  steps: [
    {
      name: "/ws begins with initial_status",
      async look() {
        const feed = await visitor.listen();
        try {
          await feed.until("a first frame", () => feed.frames.length + feed.garbage.length > 0, FIRST_FRAME_MS);
          demandSame("what is no frame", feed.garbage, []);
          const [first] = feed.frames;
          demand(first?.type === "initial_status", "initial_status", first === undefined ? "none" : frameWords(first));
          return `initial_status with ${first.data.servers.length} servers, number ${first.seq}`;
        } finally {
          feed.close();
        }
      },
    },
  ],
});

const SAMPLE = /^[a-z_:][\w:]*(?:\{[^{}]*\})? (?:[+-]?inf|nan|[+-]?[\d.]+(?:e[+-]?\d+)?)(?: \d+)?$/i;
const FAMILIES = ["omni2_build_info", "omni2_ready", "omni2_sockets", "omni2_process_resident_memory_bytes"];

export const metricsSection = (visitor: Visitor): SectionPlan => ({
  title: "Metrics",
  steps: [
    {
      name: "/metrics can be scraped",
      async look() {
        const answer = await visitor.send("GET", "/metrics");
        demand(answer.status === 200 && answer.type.startsWith("text/plain"), "HTTP 200 with text", excerpt(answer));
        const lines = answer.text.split("\n").filter((line) => line !== "");
        const odd = lines.filter((line) => !line.startsWith("# ") && !SAMPLE.test(withoutTexts(line)));
        demandSame("lines that are no samples", odd, []);
        const missing = FAMILIES.filter((name) => !lines.some((line) => line.startsWith(`# TYPE ${name} `)));
        demandSame("families that are missing", missing, []);
        return `${lines.filter((line) => !line.startsWith("#")).length} samples`;
      },
    },
  ],
});

/** A sample whose label values are empty: they may hold anything. */
const withoutTexts = (line: string): string => line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
