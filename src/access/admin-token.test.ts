import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { ADMIN_TOKEN_FILE, loadAdminToken, tokenWeakness } from "./admin-token.ts";

async function inFolder(run: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "omni2-token-"));
  await run(dataDir).finally(() => rm(dataDir, { recursive: true }));
}

test("the first run makes a token of 256 bits that only its owner can read, the next one finds it", () =>
  inFolder(async (dataDir) => {
    const first = await loadAdminToken({ given: null, dataDir: join(dataDir, "new") });
    assert.equal(first.generated, true);
    assert.equal(Buffer.from(first.token, "base64url").length, 32);
    const file = join(dataDir, "new", ADMIN_TOKEN_FILE);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const second = await loadAdminToken({ given: null, dataDir: join(dataDir, "new") });
    assert.deepEqual(second, { token: first.token, generated: false });
    assert.deepEqual(await readdir(join(dataDir, "new")), [ADMIN_TOKEN_FILE], "no draft is left");
  }));

test("gateways that start at once agree on one token", () =>
  inFolder(async (dataDir) => {
    const all = await Promise.all(Array.from({ length: 8 }, () => loadAdminToken({ given: null, dataDir })));
    assert.equal(new Set(all.map(({ token }) => token)).size, 1);
    assert.equal(all.filter(({ generated }) => generated).length, 1);
  }));

test("a given token wins and is not stored", () =>
  inFolder(async (dataDir) => {
    const given = "k3yboard-of-8-cats!";
    assert.deepEqual(await loadAdminToken({ given, dataDir }), { token: given, generated: false });
    assert.deepEqual(await readdir(dataDir), []);
  }));

test("a stored token gets its mode back", () =>
  inFolder(async (dataDir) => {
    const file = join(dataDir, ADMIN_TOKEN_FILE);
    await writeFile(file, "copied-from-9-backups\n");
    await chmod(file, 0o644);
    assert.equal((await loadAdminToken({ given: null, dataDir })).token, "copied-from-9-backups");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  }));

test("weak and sample tokens are refused without being shown", async () => {
  const weak = ["", "short", "aaaaaaaaaaaaaaaaaaaaaaaa", "change-me-please 1", "changeme-changeme", "password12345678"];
  for (const token of [...weak, "your-secret-token-here", "omni2-admin-token"]) {
    assert.notEqual(tokenWeakness(token), null, token);
    await assert.rejects(loadAdminToken({ given: token, dataDir: "unused" }), (error) => {
      assert.ok(isFault(error, "USAGE"));
      assert.ok(token === "" || !error.message.includes(token));
      return true;
    });
  }
  assert.equal(tokenWeakness("Zq8-vv1N_0pLx7Rt"), null);
});

test("a data directory that cannot be used is a clear fault", () =>
  inFolder(async (dataDir) => {
    await writeFile(join(dataDir, "file"), "");
    await assert.rejects(loadAdminToken({ given: null, dataDir: join(dataDir, "file", "sub") }), (error) => {
      assert.ok(isFault(error, "USAGE"));
      assert.match(error.message, /--data-dir/);
      return true;
    });
  }));
