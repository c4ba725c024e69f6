/*
 * The server of Socket.IO's how-to "How to use with express-session": the session middleware before the engine.
 *
 * The word on the command line is `use` (`io.engine.use`), or `allowRequest`: the way of older releases, which passes the
 * cookie on in the hook initial_headers. MODULES is the folder whose node_modules are used, PORT the port. The app prints
 * its URL once the server listens.
 */
"use strict";

const { createServer } = require("node:http");
const { createRequire } = require("node:module");
const { resolve } = require("node:path");
const load = createRequire(resolve(process.env.MODULES, "package.json"));
const session = load("express-session");
const { Server } = load("socket.io");

const sessionMiddleware = session({ secret: "eiospec", resave: true, saveUninitialized: true });
const httpServer = createServer((request, response) => response.writeHead(404).end());

if (process.argv[2] === "use") {
  const io = new Server(httpServer);
  io.engine.use(sessionMiddleware);
} else {
  const io = new Server(httpServer, {
    allowRequest(request, decide) {
      // An upgrade has no response that a middleware could write to.
      const response = {
        getHeader: () => [],
        setHeader: (name, values) => (request.cookieHolder = values[0]),
        writeHead() {},
      };
      sessionMiddleware(request, response, () => {
        if (request.session) {
          response.writeHead();
          request.session.save();
        }
        decide(null, true);
      });
    },
  });
  io.engine.on("initial_headers", (headers, request) => {
    if (request.cookieHolder) headers["set-cookie"] = request.cookieHolder;
    delete request.cookieHolder;
  });
}

httpServer.listen(Number(process.env.PORT), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${httpServer.address().port}/socket.io/`);
});
