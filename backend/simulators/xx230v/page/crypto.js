// MD5, AES-128 (CBC and GCM) and RSA for the page itself: Web Crypto is not there on plain http.
"use strict";

const utf8 = (text) => Array.from(new TextEncoder().encode(text));
const text8 = (bytes) => new TextDecoder().decode(Uint8Array.from(bytes));
const toHex = (bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text) => Array.from(atob(text), (letter) => letter.charCodeAt(0));
const toNumber = (bytes) => BigInt(`0x${toHex(bytes) || "0"}`);

// RFC 1321.
function md5(text) {
  const turns = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
  const bytes = utf8(text);
  const bits = bytes.length * 8;
  bytes.push(0x80);
  while (bytes.length % 64 !== 56) bytes.push(0);
  for (let at = 0; at < 8; at++) bytes.push(Math.floor(bits / 2 ** (8 * at)) & 0xff);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let from = 0; from < bytes.length; from += 64) {
    let [a, b, c, d] = state;
    for (let step = 0; step < 64; step++) {
      const round = step >> 4;
      const mix = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
      const word = [step, 5 * step + 1, 3 * step + 5, 7 * step][round] % 16;
      const at = from + 4 * word;
      const taken = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      const constant = Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32);
      const sum = (a + mix + taken + constant) | 0;
      const turn = turns[4 * round + (step % 4)];
      [a, d, c, b] = [d, c, b, (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0];
    }
    [a, b, c, d].forEach((value, index) => (state[index] = (state[index] + value) | 0));
  }
  return toHex(state.flatMap((word) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff)));
}

// FIPS 197, on 16 bytes at a time.
const times2 = (byte) => ((byte << 1) ^ (byte & 0x80 ? 0x11b : 0)) & 0xff;
const times = (byte, by) => (by & 1 ? byte : 0) ^ (by > 1 ? times(times2(byte), by >> 1) : 0);

function boxes() {
  const box = [0x63];
  const turned = (byte, by) => ((byte << by) | (byte >> (8 - by))) & 0xff;
  let [p, q] = [1, 1];
  do {
    p ^= times2(p);
    for (const by of [1, 2, 4]) q = (q ^ (q << by)) & 0xff;
    if (q & 0x80) q ^= 0x09;
    box[p] = q ^ turned(q, 1) ^ turned(q, 2) ^ turned(q, 3) ^ turned(q, 4) ^ 0x63;
  } while (p !== 1);
  const inverse = [];
  box.forEach((to, from) => (inverse[to] = from));
  return [box, inverse];
}

const [BOX, INVERSE] = boxes();

function roundKeys(key) {
  const all = [...key];
  let constant = 1;
  while (all.length < 176) {
    let word = all.slice(-4);
    if (all.length % 16 === 0) {
      word = [...word.slice(1), word[0]].map((byte) => BOX[byte]);
      word[0] ^= constant;
      constant = times2(constant);
    }
    for (const byte of word) all.push(all[all.length - 16] ^ byte);
  }
  return Array.from({ length: 11 }, (_, round) => all.slice(16 * round, 16 * round + 16));
}

const xor = (one, other) => one.map((byte, at) => byte ^ other[at]);
const shifted = (state, by) => state.map((_, at) => state[(at + 4 * by * (at % 4) + 64) % 16]);

function mixed(state, factors) {
  return state.map((_, at) => {
    const column = at - (at % 4);
    return [0, 1, 2, 3].reduce(
      (sum, row) => sum ^ times(state[column + ((at + row) % 4)], factors[row]),
      0,
    );
  });
}

function sealBlock(block, keys) {
  let state = xor(block, keys[0]);
  for (let round = 1; round <= 10; round++) {
    state = shifted(state.map((byte) => BOX[byte]), 1);
    if (round < 10) state = mixed(state, [2, 3, 1, 1]);
    state = xor(state, keys[round]);
  }
  return state;
}

function openBlock(block, keys) {
  let state = xor(block, keys[10]);
  for (let round = 9; round >= 0; round--) {
    state = xor(shifted(state, -1).map((byte) => INVERSE[byte]), keys[round]);
    if (round > 0) state = mixed(state, [14, 11, 13, 9]);
  }
  return state;
}

const blocksOf = (bytes) =>
  Array.from({ length: Math.ceil(bytes.length / 16) }, (_, at) => bytes.slice(16 * at, 16 * at + 16));

const cbc = {
  seal(text, key, iv) {
    const bytes = utf8(text);
    const fill = 16 - (bytes.length % 16);
    const keys = roundKeys(utf8(key));
    let before = utf8(iv);
    const sealed = blocksOf([...bytes, ...Array(fill).fill(fill)]).flatMap((block) => {
      before = sealBlock(xor(block, before), keys);
      return before;
    });
    return { data: toBase64(sealed), tag: "" };
  },
  open(data, key, iv) {
    const keys = roundKeys(utf8(key));
    let before = utf8(iv);
    const bytes = blocksOf(fromBase64(data)).flatMap((block) => {
      const opened = xor(openBlock(block, keys), before);
      before = block;
      return opened;
    });
    return text8(bytes.slice(0, bytes.length - bytes[bytes.length - 1]));
  },
  signed: (key) => key,
};

// NIST SP 800-38D, for a nonce of 12 bytes and nothing authenticated beside the text.
const counter = (count) => [24, 16, 8, 0].map((shift) => (count >>> shift) & 0xff);
const gcm = {
  _counted: (bytes, keys, nonce) =>
    blocksOf(bytes).flatMap((block, at) => xor(block, sealBlock([...nonce, ...counter(at + 2)], keys))),
  _tag(bytes, keys, nonce) {
    const hash = toNumber(sealBlock(Array(16).fill(0), keys));
    const times128 = (value) => {
      let [sum, factor] = [0n, hash];
      for (let bit = 127n; bit >= 0n; bit--) {
        if ((value >> bit) & 1n) sum ^= factor;
        factor = factor & 1n ? (factor >> 1n) ^ (0xe1n << 120n) : factor >> 1n;
      }
      return sum;
    };
    const filled = [...bytes, ...Array((16 - (bytes.length % 16)) % 16).fill(0)];
    const whole = blocksOf(filled).reduce((sum, block) => times128(sum ^ toNumber(block)), 0n);
    const end = times128(whole ^ BigInt(bytes.length * 8)) ^ toNumber(sealBlock([...nonce, ...counter(1)], keys));
    return end.toString(16).padStart(32, "0").match(/../g).map((pair) => Number.parseInt(pair, 16));
  },
  seal(text, key, iv) {
    const keys = roundKeys(utf8(key));
    const nonce = utf8(iv).slice(0, 12);
    const sealed = gcm._counted(utf8(text), keys, nonce);
    return { data: toBase64(sealed), tag: toBase64(gcm._tag(sealed, keys, nonce)) };
  },
  open(data, key, iv) {
    const keys = roundKeys(utf8(key));
    const nonce = utf8(iv).slice(0, 12);
    const sealed = fromBase64(data.slice(0, -24));
    if (toBase64(gcm._tag(sealed, keys, nonce)) !== data.slice(-24)) throw new Error("tag");
    return text8(gcm._counted(sealed, keys, nonce));
  },
  signed: (key) => btoa(key),
};

// Without padding: the last block is filled with NUL.
function rsa(text, modulus, exponent) {
  const n = BigInt(`0x${modulus}`);
  const bytes = utf8(text);
  while (bytes.length % 64) bytes.push(0);
  let sign = "";
  for (let at = 0; at < bytes.length; at += 64) {
    let [result, base] = [1n, toNumber(bytes.slice(at, at + 64)) % n];
    for (let left = BigInt(`0x${exponent}`); left > 0n; left >>= 1n) {
      if (left & 1n) result = (result * base) % n;
      base = (base * base) % n;
    }
    sign += result.toString(16).padStart(128, "0");
  }
  return sign;
}
