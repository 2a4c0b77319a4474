import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  createProtocolConnection,
  ExitNotification,
  InitializeRequest,
  type InitializeResult,
  IPCMessageReader,
  IPCMessageWriter,
  type ProtocolConnection,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { heddleBinary } from "../support/heddle.js";

const serverBinary = fileURLToPath(new URL("../../../server/bin/heddle-server.js", import.meta.url));

async function initialize(connection: ProtocolConnection): Promise<InitializeResult> {
  connection.listen();
  return connection.sendRequest(InitializeRequest.type, { processId: process.pid, rootUri: null, capabilities: {} });
}

async function codeOf(server: ChildProcess): Promise<number | null> {
  const [code] = (await once(server, "exit", { signal: AbortSignal.timeout(30_000) })) as [number | null];
  return code;
}

test("over the channel of a Node.js parent, as VS Code starts it", async () => {
  const server = fork(heddleBinary, ["lsp", "--node-ipc", `--clientProcessId=${process.pid}`]);
  const connection = createProtocolConnection(new IPCMessageReader(server), new IPCMessageWriter(server));
  assert.equal((await initialize(connection)).serverInfo?.name, "heddle");
  await connection.sendRequest(ShutdownRequest.type);
  const ended = codeOf(server);
  await connection.sendNotification(ExitNotification.type);
  assert.equal(await ended, 0);
});

test("over standard input and output as heddle-server, as other editors start it", async () => {
  const server = spawn(process.execPath, [serverBinary, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  assert.equal((await initialize(connection)).serverInfo?.name, "heddle");
  await connection.sendRequest(ShutdownRequest.type);
  const ended = codeOf(server);
  await connection.sendNotification(ExitNotification.type);
  assert.equal(await ended, 0);
});

test("an editor that is gone without a word leaves no server behind", async () => {
  const overChannel = fork(heddleBinary, ["lsp", "--node-ipc"]);
  await initialize(createProtocolConnection(new IPCMessageReader(overChannel), new IPCMessageWriter(overChannel)));
  const channelEnded = codeOf(overChannel);
  overChannel.disconnect();
  assert.equal(await channelEnded, 1);

  const overStreams = spawn(process.execPath, [serverBinary, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  await initialize(
    createProtocolConnection(new StreamMessageReader(overStreams.stdout), new StreamMessageWriter(overStreams.stdin)),
  );
  const streamsEnded = codeOf(overStreams);
  overStreams.stdin.end();
  assert.equal(await streamsEnded, 1);
});
