/*
 * The server of Socket.IO's how-to "How to deal with cookies": both handlers, as an application copies them.
 *
 * Words on the command line add to it: `cookie` the session cookie, `cors` the cors option with credentials,
 * `cors-by-function` the same with a function, which adds nothing to responses to requests without Origin, `helmet` the
 * middleware of that name, `array` a second cookie in the first handler. MODULES is the folder whose node_modules
 * are used, PORT the port. The app prints its URL once the server listens.
 */
"use strict";

const { createServer } = require("node:http");
const { createRequire } = require("node:module");
const { resolve } = require("node:path");
const load = createRequire(resolve(process.env.MODULES, "package.json"));
const { parse, serialize } = load("cookie");
const { Server } = load("socket.io");

const words = new Set(process.argv.slice(2));
const options = {};
if (words.has("cookie")) options.cookie = true;
if (words.has("cors")) options.cors = { origin: ["http://app.example"], credentials: true };
if (words.has("cors-by-function")) {
  options.cors = { origin: (origin, decide) => decide(null, origin !== undefined), credentials: true };
}

const httpServer = createServer((request, response) => response.writeHead(404).end());
const io = new Server(httpServer, options);
if (words.has("helmet")) io.engine.use(load("helmet")());

io.engine.on("initial_headers", (headers) => {
  const uid = serialize("uid", "1234", { sameSite: "strict" });
  headers["set-cookie"] = words.has("array") ? [uid, serialize("theme", "dark")] : uid;
});

io.engine.on("headers", (headers, request) => {
  if (!request.headers.cookie) return;
  if (parse(request.headers.cookie).randomId) return;
  headers["set-cookie"] = serialize("randomId", "abc", { maxAge: 86400 });
});

httpServer.listen(Number(process.env.PORT), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${httpServer.address().port}/socket.io/`);
});
