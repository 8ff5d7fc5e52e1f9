// The text's editor: CodeMirror in a shadow root, where its styles need no leave of the page's policy. The plain box
// beside it stays the form's field and holds the same words, so that a form sent in any way sends them.

import { EditorState } from "../../static/vendor/codemirror-state.js";
import { EditorView, drawSelection, keymap } from "../../static/vendor/codemirror-view.js";
import { defaultKeymap, history, historyKeymap } from "../../static/vendor/codemirror-commands.js";
import {
  HighlightStyle, Language, defineLanguageFacet, languageDataProp, syntaxHighlighting,
} from "../../static/vendor/codemirror-language.js";
import { highlightSelectionMatches, search, searchKeymap } from "../../static/vendor/codemirror-search.js";
import { GFM, parser } from "../../static/vendor/lezer-markdown.js";
import { tags } from "../../static/vendor/lezer-highlight.js";

const LIST = /^(\s*)([-*+]|(\d{1,9})([.)]))(\s+)(.*)$/;
const data = defineLanguageFacet({});
const markdown = new Language(data, parser.configure([GFM, { props: [languageDataProp.add({ Document: data })] }]), [],
  "markdown");
const colours = syntaxHighlighting(HighlightStyle.define([
  { tag: tags.heading, fontWeight: "650" }, { tag: tags.strong, fontWeight: "650" },
  { tag: tags.emphasis, fontStyle: "italic" }, { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.processingInstruction, tags.contentSeparator], color: "var(--ink-soft)" },
  { tag: [tags.link, tags.url], color: "var(--accent)" }, { tag: tags.monospace, fontFamily: "monospace" },
]));
const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "1rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "1.75", overflow: "auto" },
  ".cm-content": { padding: ".75rem 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1rem" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--mark)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-soft)" },
  ".cm-searchMatch": { backgroundColor: "var(--mark)" },
  ".cm-panels": { backgroundColor: "var(--paper)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-textfield, .cm-button": {
    font: "inherit", color: "inherit", backgroundImage: "none", backgroundColor: "var(--surface)",
    border: "1px solid var(--line-strong)", borderRadius: "6px",
  },
});

/** Put the editor in the box's place. */
export function openCode(place, box) {
  const heard = [];
  const keys = [];
  const label = place.dataset.label;
  const root = place.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: box.value,
      extensions: [
        history(), drawSelection(), search({ top: true }), highlightSelectionMatches(), markdown, colours, look,
        EditorView.lineWrapping, EditorState.phrases.of(JSON.parse(place.dataset.phrases)),
        EditorView.contentAttributes.of({
          "aria-label": label, "aria-multiline": "true", tabindex: "0", lang: box.lang, spellcheck: "false", autocapitalize: "off",
        }),
        keymap.of([{ any: (_, event) => keys.some(({ key, act }) => isKey(event, key) && act()) },
          { key: "Mod-b", run: () => { insert("bold"); return true; } },
          { key: "Enter", run: continueList }, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          for (const hear of heard) hear();
        }),
      ],
    }),
  });
  place.hidden = false;
  box.hidden = true;
  for (const way of document.querySelectorAll(`label[for="${box.id}"], a[href="#${box.id}"]`)) {
    way.addEventListener("click", (event) => { event.preventDefault(); view.focus(); });
  }
  heard.push(() => { box.value = view.state.doc.toString(); });

  /** Put words around, before or after what is selected. */
  function insert(kind, words = "") {
    const range = view.state.selection.main;
    const chosen = view.state.sliceDoc(range.from, range.to);
    const line = view.state.doc.lineAt(range.from);
    const ends = line.text && range.from > line.from ? "\n\n" : "";
    if (kind === "bold") return put(range.from, range.to, `**${chosen}**`, range.from + 2, chosen.length);
    if (kind === "heading") return put(line.from, line.to, `## ${line.text.replace(/^#+\s*/, "")}`);
    const texts = {
      list: `- ${chosen}`, steps: `1. ${chosen}`, link: words,
      table: `${words}\n${words.replace(/[^|]+/g, "---")}\n${words.replace(/[^|]+/g, "  ")}\n`,
    };
    return put(range.from, range.to, (kind === "link" ? "" : ends) + texts[kind]);
  }

  function put(from, to, text, at = from + text.length, length = 0) {
    view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: at, head: at + length },
      scrollIntoView: true, userEvent: "input" });
    view.focus();
  }

  return {
    /** How far down the text is scrolled, from 0 to 1. */
    onScroll(hear) {
      const { scrollDOM } = view;
      scrollDOM.addEventListener("scroll", () => {
        hear(scrollDOM.scrollTop / Math.max(1, scrollDOM.scrollHeight - scrollDOM.clientHeight));
      });
    },
    onChange(hear) { heard.push(hear); },
    onKey(key, act) { keys.push({ key, act }); },
    insert,
    link(target, words) {
      const range = view.state.selection.main;
      insert("link", `[${view.state.sliceDoc(range.from, range.to) || words}](${target})`);
    },
    setText(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    focus() { view.focus(); },
  };
}

function isKey(event, key) {
  return key === `Mod-${event.key}` && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
}

/** A new item where Enter ends one; the list's end where it ends an empty one. */
function continueList(view) {
  const { state } = view;
  const range = state.selection.main;
  const line = state.doc.lineAt(range.head);
  const found = LIST.exec(line.text);
  if (!range.empty || !found || range.head < line.from + line.text.length - found[6].length) return false;
  const [, indent, mark, number, dot, space, words] = found;
  const next = number ? `${Number(number) + 1}${dot}` : mark;
  const change = words.trim()
    ? { from: range.head, insert: `\n${indent}${next}${space}` }
    : { from: line.from, to: line.to, insert: "" };
  const at = words.trim() ? range.head + change.insert.length : line.from;
  view.dispatch({ changes: change, selection: { anchor: at }, scrollIntoView: true, userEvent: "input" });
  return true;
}
