'use strict';

// SQL as far as colours go: PostgreSQL's strings, comments and numbers, and its commonest words.
const WORDS = new Set(('add all alter always analyze and any as asc before begin between bigint boolean by cascade case cast ' +
  'check column comment commit concurrently conflict constraint copy create current_timestamp database date default deferrable ' +
  'delete desc distinct do domain double drop each else end enum exists extension false for foreign from function generated ' +
  'grant group having identity if immutable in index inner insert instead integer interval into is join json jsonb key language ' +
  'lateral left like limit materialized not nothing null numeric of on only or order over owner partition plpgsql policy primary ' +
  'procedure public raise range references refresh rename replace restrict return returning returns revoke right role row rows ' +
  'rule schema security select sequence serial set sql stable table temporary text then time timestamp timestamptz to trigger ' +
  'true truncate type union unique update using uuid vacuum validate values varchar view volatile when where with without').split(' '));
const TOKENS = /(?<section>^-- \[[a-z][^\]\n]*\].*$)|(?<comment>--[^\n]*|\/\*[^]*?\*\/)|(?<string>'(?:[^']|'')*'|\$(\w*)\$[^]*?\$\4\$)|(?<name>"(?:[^"]|"")*")|(?<number>\b\d+(?:\.\d+)?\b)|(?<word>[A-Za-z_]\w*)/gm;

// A longer text is shown without colours.
const LONGEST_COLOURED = 40000;

/** Puts a text into an element, each piece in its colour, and what was searched for marked. */
function showSql(element, text, wanted) {
  const pieces = document.createDocumentFragment();
  const add = (piece, kind) => {
    if (!piece) return;
    const holder = kind ? document.createElement('span') : pieces;
    if (kind) { holder.className = kind; pieces.append(holder); }
    // Once for the whole piece: it may hold thousands of hits.
    const lower = piece.toLowerCase();
    let from = 0;
    for (let at; wanted && (at = lower.indexOf(wanted, from)) >= 0; from = at + wanted.length) {
      const hit = document.createElement('mark');
      hit.textContent = piece.slice(at, at + wanted.length);
      holder.append(piece.slice(from, at), hit);
    }
    holder.append(piece.slice(from));
  };
  let from = 0;
  if (text.length <= LONGEST_COLOURED) {
    for (const match of text.matchAll(TOKENS)) {
      const [kind] = Object.entries(match.groups).find(([, value]) => value !== undefined);
      const is = kind === 'word' ? (WORDS.has(match[0].toLowerCase()) ? 'keyword' : '') : kind === 'name' ? '' : kind;
      if (!is) continue;
      add(text.slice(from, match.index), '');
      add(match[0], is);
      from = match.index + match[0].length;
    }
  }
  add(text.slice(from), '');
  element.replaceChildren(pieces);
}

