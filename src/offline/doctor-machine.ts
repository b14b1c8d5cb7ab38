// Can this machine carry a gateway? Versions, disk, open files, containment. Looks only; judging is pure and has its own functions.
import { constants } from "node:fs";
import { access, readFile, statfs } from "node:fs/promises";
import { arch, availableParallelism, release, tmpdir, totalmem } from "node:os";
import { dirname } from "node:path";
import { containment, describeContainment } from "#upstream/stdio/containment.ts";
import { type Finding, fail, pass, type Section, warn } from "./doctor-finding.ts";

export interface Versions {
  readonly omni2: string;
  /** What the package asks for, as in its `engines` field. */
  readonly nodeWanted: string;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const LOW_DISK_BYTES = GIB;
const NO_DISK_BYTES = 100 * MIB;
const LOW_FILES = 1_024;

export function lookAtVersions({ omni2, nodeWanted }: Versions): Section {
  const machine = `${process.platform} ${arch()} ${release()}, ${availableParallelism()} processors, ${sizeText(totalmem())} memory`;
  const findings = [pass("omni2", omni2), judgeNode(process.versions.node, nodeWanted), pass("platform", machine)];
  return { title: "Versions", findings };
}

/** `wanted` is a lowest major version such as `>=24`. */
export function judgeNode(version: string, wanted: string): Finding {
  const lowest = Number(/\d+/.exec(wanted)?.[0] ?? 0);
  if (Number.parseInt(version, 10) >= lowest) return pass("node", `${version} (wanted: ${wanted})`);
  const todo = "Start it with `npm start` or `npm run -s omni2`, which bring the right one.";
  return fail("node", `${version} is too old (wanted: ${wanted}).`, todo);
}

export async function lookAtMachine(dataDir: string): Promise<Section> {
  const disks = [
    await lookAtDisk("data disk", dataDir, "--data-dir"),
    await lookAtDisk("temp disk", tmpdir(), "TMPDIR"),
  ];
  return { title: "Machine", findings: [...disks, await lookAtFiles(), lookAtContainment()] };
}

export interface DiskFacts {
  /** The folder asked about. */
  readonly folder: string;
  readonly freeBytes: number;
  readonly writable: boolean;
  /** What chooses another folder: a flag or a variable. */
  readonly choice: string;
}

async function lookAtDisk(about: string, folder: string, choice: string): Promise<Finding> {
  try {
    const place = await nearestExisting(folder);
    const { bavail, bsize } = await statfs(place);
    const writable = await access(place, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    return judgeDisk(about, { folder, freeBytes: bavail * bsize, writable, choice });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return fail(
      about,
      `${folder} cannot be looked at (${code}).`,
      `Correct its permissions, or choose another with ${choice}.`,
    );
  }
}

/** A data directory that does not exist yet is made at the first start, so the folder above it counts. */
async function nearestExisting(folder: string): Promise<string> {
  try {
    await access(folder);
    return folder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(folder) === folder) throw error;
    return nearestExisting(dirname(folder));
  }
}

export function judgeDisk(about: string, { folder, freeBytes, writable, choice }: DiskFacts): Finding {
  const free = `${sizeText(freeBytes)} free for ${folder}`;
  const another = `or choose another folder with ${choice}.`;
  if (!writable) return fail(about, `${folder} cannot be written.`, `Correct its permissions, ${another}`);
  if (freeBytes < NO_DISK_BYTES) return fail(about, `only ${free}.`, `Make room now, ${another}`);
  if (freeBytes < LOW_DISK_BYTES) return warn(about, `only ${free}.`, `Make room, ${another}`);
  return pass(about, free);
}

async function lookAtFiles(): Promise<Finding> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => null);
  return judgeFiles(limits);
}

/** `limits` is the text of /proc/self/limits; null where there is none. */
export function judgeFiles(limits: string | null): Finding {
  const soft = /^Max open files\s+(\S+)/m.exec(limits ?? "")?.[1];
  if (soft === undefined) return pass("open files", "their limit cannot be read on this system");
  if (soft !== "unlimited" && Number(soft) < LOW_FILES) {
    return warn(
      "open files",
      `at most ${soft}; many servers and clients need more.`,
      `Raise the limit: \`ulimit -n ${LOW_FILES * 4}\`.`,
    );
  }
  return pass("open files", soft === "unlimited" ? soft : `at most ${soft}`);
}

function lookAtContainment(): Finding {
  const words = describeContainment();
  if (containment().kind === "namespace" || process.platform !== "linux") return pass("containment", words);
  const todo =
    "Install util-linux (`unshare`, `setpriv`) and allow user namespaces, so that no server's process can stay behind.";
  return warn("containment", `${words}.`, todo);
}

export function sizeText(bytes: number): string {
  if (bytes >= 10 * GIB) return `${Math.round(bytes / GIB)} GiB`;
  if (bytes >= GIB) return `${(bytes / GIB).toFixed(1)} GiB`;
  return `${Math.round(bytes / MIB)} MiB`;
}
