// A client by Node's ws: a short chat, a ping, a fragmented message, a goodbye.
// node ws-client.mjs [URL] [deflate]
import WebSocket from "ws";

const [url = `ws://${process.env.NETLAB_SERVER}:8080/chat`, deflate] = process.argv.slice(2);
const perMessageDeflate = deflate === "deflate" ? { threshold: 0 } : false;
const socket = new WebSocket(url, { perMessageDeflate });

const heard = () => new Promise((resolve) => socket.once("message", (data) => resolve(data)));
const answered = () => new Promise((resolve) => socket.once("pong", resolve));

const greeting = heard();
await new Promise((resolve) => socket.once("open", resolve));
console.log((await greeting).toString());
let echo = heard();
socket.send("My name is John");
console.log((await echo).toString());
echo = heard();
socket.send(Buffer.from([0x00, 0xff]));
console.log(`${(await echo).length} bytes`);
const pong = answered();
socket.ping("still there?");
await pong;
echo = heard();
socket.send("Good", { fin: false });
socket.send("bye", { fin: true });
console.log((await echo).toString());
socket.close(1000, "bye");
socket.on("close", (code, reason) => console.log(`closed: ${code} ${reason}`));
