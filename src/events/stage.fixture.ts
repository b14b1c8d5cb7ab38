// What do the tests of this room talk about?
import type { ServerView } from "#contract/upstream.ts";
import { serverView } from "#contract/view.fixture.ts";

export const view: ServerView = serverView("files");
