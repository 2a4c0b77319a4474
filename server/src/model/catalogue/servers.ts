import type { Effect, LibraryModel } from "./format.js";

const serve: Effect = { effect: "invoke", body: -1, when: "later", serves: true };
const listen: Effect = { effect: "invoke", body: 1, when: "later", serves: true };

/** Node's servers, which call a function for every request or connection: https://nodejs.org/api/http.html */
export const servers: readonly LibraryModel[] = [
  { module: "http", classes: {}, members: { createServer: serve, "Server.on": listen } },
  { module: "https", classes: {}, members: { createServer: serve, "Server.on": listen } },
  {
    module: "http2",
    classes: {},
    members: {
      createServer: serve,
      createSecureServer: serve,
      "Http2Server.on": listen,
      "Http2SecureServer.on": listen,
    },
  },
  { module: "net", classes: {}, members: { createServer: serve, "Server.on": listen } },
  { module: "tls", classes: {}, members: { createServer: serve, "Server.on": listen } },
];
