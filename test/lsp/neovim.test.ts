/** The language server in a real Neovim, set up as the page about editors says. */
import { deepEqual, equal, match } from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Folder } from "../support/folder.js";
import { cacheHome } from "../support/heddle.js";
import { lostUpdate, lostUpdateLine, lostUpdateRule, lostUpdateStatement } from "../support/lost-update.js";
import { findNeovim } from "../support/neovim.js";
import { plainProject } from "../support/plain-project.js";
import { repositoryRoot } from "../support/repository.js";

/** Milliseconds, for a slow machine: only what fails waits so long. */
const DEADLINE = 120_000;

/** What somebody does there: sees a finding, goes to it, takes the fix, and sees no finding. */
const session = `
local report = {}
local function await(what, isSo)
  if vim.wait(60000, isSo, 20) then return end
  io.stderr:write("Not in a minute: " .. what .. "\\n" .. vim.inspect(vim.diagnostic.get(0)) .. "\\n")
  vim.cmd("cquit 1")
end
local function text() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\\n") end

-- The page's settings make an error of it.
await("a finding", function()
  local found = vim.diagnostic.get(0)
  return #found > 0 and found[1].severity == vim.diagnostic.severity.ERROR
end)
report.found = vim.tbl_map(function(each)
  return { code = each.code, source = each.source, line = each.lnum }
end, vim.diagnostic.get(0))

local found = vim.diagnostic.get(0)[1]
vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
vim.ui.select = function(items, options, choose)
  report.offered = vim.tbl_map(options.format_item, items)
  for i, item in ipairs(items) do
    if options.format_item(item):find("^Wrap in") then return choose(item, i) end
  end
end
vim.lsp.buf.code_action()
local before = text()
await("the fix", function() return text() ~= before end)
await("no finding", function() return #vim.diagnostic.get(0) == 0 end)
report.text = text()
io.stdout:write(vim.json.encode(report))
vim.cmd("qall!")
`;

interface Report {
  readonly found: readonly {
    readonly code: string;
    readonly source: string;
    readonly line: number;
  }[];
  readonly offered: readonly string[];
  readonly text: string;
}

test("Neovim, set up as the page says, shows a finding and applies its fix", async () => {
  const neovim = await findNeovim();
  const page = readFileSync(new URL("server/docs/editors.md", repositoryRoot), "utf8");
  const [, init = ""] = /```lua\n(.*?)```/s.exec(page) ?? [];
  using folder = new Folder({
    ...plainProject(),
    "package.json": '{ "private": true, "type": "module" }\n',
    "work/total.ts": lostUpdate,
    "init.lua": init,
    "session.lua": session,
  });
  // As npm leaves it where somebody has installed the package.
  mkdirSync(folder.file("node_modules/.bin"), { recursive: true });
  const server = fileURLToPath(new URL("server/bin/heddle-server.js", repositoryRoot));
  symlinkSync(server, folder.file("node_modules/.bin/heddle-server"));
  const args = ["--headless", "--clean", "-u", "init.lua", "work/total.ts", "-S", "session.lua"];
  const env = { ...process.env, XDG_CACHE_HOME: cacheHome };
  const run = promisify(execFile)(neovim, args, { cwd: folder.path, env, timeout: DEADLINE, killSignal: "SIGKILL" });
  const { stdout } = await run;
  const { found, offered, text } = JSON.parse(stdout) as Report;
  deepEqual(found, [{ code: lostUpdateRule, source: "heddle", line: lostUpdateLine }]);
  match(offered.join("\n"), /^Wrap in/m);
  equal(text.includes(lostUpdateStatement), true);
  match(text, /using \w+ = total\.getLock\(\)\.hold\(\);\n\s+total\.value \+= 1;/);
});
