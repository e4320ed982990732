// What the pages of this family call `$`: login, logout, and the objects by `$.dm` or `$.act`.
"use strict";

const $ = {};
const ACT_GET = 1;
const ACT_GL = 5;
const STACK = "0,0,0,0,0,0";
const sealing = { cbc, gcm }[cipher] || gcm;
let session = JSON.parse(sessionStorage.getItem("session") || "null");

async function post(path, body, headers = {}) {
  const answer = await fetch(path, { method: "POST", body, headers });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

async function ask(asked, isLogin = false) {
  const { data, tag } = sealing.seal(JSON.stringify(asked), session.key, session.iv);
  const keys = `key=${sealing.signed(session.key)}&iv=${sealing.signed(session.iv)}&`;
  const text = `${isLogin ? keys : ""}h=${session.hash}&s=${session.seq + data.length}`;
  const sign = rsa(text, session.nn, session.ee);
  const lines = [`sign=${sign}`, `data=${data}`, ...(tag ? [`tag=${tag}`] : []), ""];
  const headers = { "Content-Type": "text/plain", ...(window.token ? { TokenID: window.token } : {}) };
  const answer = await post("/cgi_gdpr?9", lines.join("\r\n"), headers);
  return answer && sealing.open(answer, session.key, session.iv);
}

const digits = (count) =>
  `${Date.now()}${Math.floor(1e8 + Math.random() * 9e8)}`.slice(0, count);

async function login(user, password) {
  const said = await post("/cgi/getGDPRParm", "");
  const value = (name) => said.match(new RegExp(`var ${name}="(.*?)";`))[1];
  const size = sealing === cbc ? 16 : 12;
  session = {
    key: digits(16),
    iv: digits(size),
    hash: md5(user + password),
    seq: Number(value("seq")),
    nn: value("nn"),
    ee: value("ee"),
  };
  const data = { UserName: btoa(user), Passwd: btoa(password), Action: "1", stack: STACK, pstack: STACK };
  const answer = await ask({ data, operation: "cgi", oid: "/cgi/login" }, true);
  if (!answer.includes("$.ret=0;")) return false;
  sessionStorage.setItem("session", JSON.stringify(session));
  return true;
}

async function read(operation, oid, attributes) {
  const data = { stack: STACK, pstack: STACK, ...attributes };
  const answer = JSON.parse(await ask({ data, operation, oid }));
  if (!answer.success) throw answer.errorcode;
  return answer.data;
}

function reading(operation) {
  return ({ oid, data, callback }) =>
    read(operation, oid, data).then(
      (found) => callback.success(found),
      (code) => callback.fail(code),
    );
}

$.logout = async () => {
  await ask({ data: { stack: STACK, pstack: STACK }, operation: "cgi", oid: "/cgi/logout" });
  sessionStorage.removeItem("session");
};

if (family === "dm") $.dm = { get: reading("go"), getList: reading("gl") };

// The older family: calls are gathered, and `$.exe` fills what they gave.
if (family === "act") {
  let waiting = [];
  $.act = (kind, oid, _stack, _parent, _attributes) => {
    const found = kind === ACT_GL ? [] : {};
    waiting.push(async () => Object.assign(found, await read(kind === ACT_GL ? "gl" : "go", oid, {})));
    return found;
  };
  $.exe = async (done) => {
    const asked = waiting;
    waiting = [];
    try {
      for (const each of asked) await each();
      done(0);
    } catch (code) {
      done(code || 1);
    }
  };
}

// A page that calls elsewhere, in each way that a page can.
function callElsewhere(url) {
  if (!url) return;
  fetch(`${url}/fetch`, { mode: "no-cors" }).catch(() => {});
  navigator.sendBeacon(`${url}/beacon`, "x");
  new Image().src = `${url}/image`;
  const frame = document.createElement("iframe");
  frame.src = `${url}/frame`;
  document.body.append(frame);
  try {
    new WebSocket(`${url.replace("http", "ws")}/socket`);
    new EventSource(`${url}/events`);
    navigator.serviceWorker?.register("/sw.js").catch(() => {});
  } catch {
    // not every browser has all of them
  }
}
