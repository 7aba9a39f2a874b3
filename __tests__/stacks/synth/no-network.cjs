"use strict";
// Loaded by `node --require` before a synth: whoever asks the network for anything is told off, loudly and at once.
const refuse = (what) => () => {
  throw new Error(`synth used the network: ${what}`);
};
const net = require("node:net");
const dgram = require("node:dgram");
net.Socket.prototype.connect = refuse("Socket.connect");
net.Server.prototype.listen = refuse("Server.listen");
net.connect = net.createConnection = refuse("net.connect");
dgram.createSocket = refuse("dgram.createSocket");
for (const name of ["http", "https"]) {
  const module = require(`node:${name}`);
  module.request = module.get = refuse(`${name}.request`);
}
const dns = require("node:dns");
for (const name of ["lookup", "resolve", "resolve4", "resolve6"]) {
  dns[name] = refuse(`dns.${name}`);
  dns.promises[name] = refuse(`dns.promises.${name}`);
}
globalThis.fetch = refuse("fetch");
