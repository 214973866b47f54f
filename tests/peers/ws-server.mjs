// A server by Node's ws: greets, says back what it hears, and ends with the first connection.
// node ws-server.mjs [PORT] [ADDRESS] [deflate]
import { WebSocketServer } from "ws";

const [port = "8080", host = process.env.NETLAB_SERVER, deflate] = process.argv.slice(2);
const perMessageDeflate = deflate === "deflate" ? { threshold: 0 } : false;
const server = new WebSocketServer({ host, port: Number(port), perMessageDeflate });

server.on("connection", (socket) => {
  socket.send("Hello, who are you?");
  socket.on("message", (data, isBinary) => {
    console.log(isBinary ? `${data.length} bytes` : data.toString());
    socket.send(data, { binary: isBinary });
  });
  socket.on("close", (code, reason) => {
    console.log(`closed: ${code} ${reason}`);
    server.close();
  });
});
