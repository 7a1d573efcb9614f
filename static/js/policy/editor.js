/* The policy editor: CodeMirror in a shadow root over the form's text area, which stays what is sent.

   While somebody writes, the text goes to [data-check] and comes back as problems, readings and tests;
   they take the places of those the page came with. Without script the text area is the editor. */
import {
  EditorState, EditorView, acceptCompletion, bracketMatching, closeBrackets, closeBracketsKeymap,
  completionKeymap, defaultKeymap, drawSelection, highlightActiveLine, highlightActiveLineGutter,
  highlightSelectionMatches, highlightSpecialChars, history, historyKeymap, indentOnInput, indentUnit,
  keymap, lineNumbers, lintGutter, lintKeymap, searchKeymap, setDiagnostics, startCompletion, yaml,
} from "../../vendor/codemirror/codemirror.js";
import { completing } from "./completion.js";
import { changedLines, marks } from "./marks.js";
import { diagnosticsOf, fixAt } from "./problems.js";
import { placeReadings } from "./readings.js";
import { look } from "./theme.js";

const REST = 250;
const PARTS = ["problems", "readings", "tests"];

class PolicyEditor extends HTMLElement {
  connectedCallback() {
    if (this.view) return;
    this.area = this.querySelector("textarea");
    this.form = this.area.form;
    this.sent = 0;
    this.view = new EditorView({
      doc: this.area.value,
      root: this.attachShadow({ mode: "open" }),
      parent: this.shadowRoot,
      extensions: this.#extensions(),
    });
    this.shadowRoot.append(this.view.dom);
    // single letters typed here are no keys of the page
    this.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
    this.form?.addEventListener("submit", () => { this.leaving = true; });
    window.addEventListener("beforeunload", (event) => {
      if (!this.leaving && this.unsaved.size) event.preventDefault();
    });
    document.addEventListener("click", (event) => this.#onClick(event));
    document.fonts?.ready.then(() => this.#place());
    new ResizeObserver(() => this.#place()).observe(this);
    this.#watchOthers();
    this.#mark();
    this.#takeProblems();
  }

  #extensions() {
    const words = JSON.parse(this.dataset.words || "{}");
    return [
      lineNumbers(), highlightActiveLineGutter(), highlightSpecialChars(), history(), drawSelection(),
      indentOnInput(), indentUnit.of("  "), bracketMatching(), closeBrackets(), highlightActiveLine(),
      highlightSelectionMatches(), EditorView.lineWrapping, yaml(), look, marks, lintGutter(),
      completing(words),
      EditorState.readOnly.of("readonly" in this.dataset),
      EditorView.contentAttributes.of({ "aria-label": "Text of the policy", spellcheck: "false" }),
      keymap.of([
        { key: "Mod-s", run: () => this.#save() },
        { key: "Tab", run: acceptCompletion },
        { key: "Ctrl-Space", run: startCompletion },
        ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap,
        ...completionKeymap, ...lintKeymap,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) this.#changed();
        if (update.geometryChanged || update.selectionSet) this.#place();
      }),
    ];
  }

  #save() {
    if ("readonly" in this.dataset) return false;
    this.form.requestSubmit();
    return true;
  }

  #changed() {
    this.area.value = this.view.state.doc.toString();
    this.#mark();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#check(), REST);
  }

  /** Bars in the gutter: what differs from what is in force, and what is not saved. */
  #mark() {
    const now = this.view.state.doc.toString().split("\n");
    const of = (name) => (this.dataset[name] ? changedLines(this.dataset[name].split("\n"), now) : null);
    const all = new Set(now.keys());
    this.unsaved = of("saved") ?? (this.dataset.saved === undefined ? new Set() : all);
    const changed = of("active") ?? all;
    this.view.dispatch({ effects: marks.set(changed, this.unsaved) });
    this.#say();
  }

  #say() {
    const fact = document.querySelector("[data-unsaved]");
    if (!fact) return;
    const errors = Number(document.getElementById("problems")?.dataset.errors ?? 0);
    const lines = this.unsaved.size;
    fact.hidden = !lines && !errors;
    const parts = [lines && `${lines} ${lines === 1 ? "line" : "lines"}`, errors && `${errors} ${errors === 1 ? "error" : "errors"}`];
    fact.querySelector("[data-unsaved-text]").textContent = parts.filter(Boolean).join(", ");
  }

  async #check() {
    const number = (this.sent += 1);
    const token = this.form.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams({ text: this.area.value, key: this.form.elements.key?.value ?? "" });
    try {
      const answer = await fetch(this.dataset.check, {
        method: "POST", body, headers: { "X-CSRFToken": token, "HX-Request": "true" },
      });
      if (!answer.ok || number !== this.sent) return;
      this.#take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // offline: what was found last stays, and is asked for again with the next letter
    }
  }

  #take(fresh) {
    for (const id of PARTS) {
      const old = document.getElementById(id);
      const part = fresh.getElementById(id);
      if (old && part) old.replaceWith(document.adoptNode(part));
    }
    this.#takeProblems();
  }

  #takeProblems() {
    const { state } = this.view;
    this.view.dispatch(setDiagnostics(state, diagnosticsOf(document.getElementById("problems"), state)));
    for (const button of document.querySelectorAll("#problems [data-use-fix]")) {
      button.hidden = "readonly" in this.dataset;
    }
    this.#say();
    this.#place();
  }

  #place() {
    placeReadings(this.view, document.getElementById("readings"), this);
  }

  #onClick(event) {
    const item = event.target.closest("#problems li");
    if (!item) return;
    if (event.target.closest("[data-use-fix]")) {
      const change = fixAt(this.view.state, item.dataset);
      if (change) this.view.dispatch({ changes: change, userEvent: "input.fix" });
      this.view.focus();
    } else if (event.target.closest("[data-goto]")) {
      event.preventDefault();
      const line = this.view.state.doc.line(Math.min(Number(item.dataset.line), this.view.state.doc.lines));
      const at = Math.min(line.from + Number(item.dataset.column) - 1, line.to);
      this.view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
      this.view.focus();
    }
  }

  /** The live region of the strip says which revision is saved; another than ours is somebody else's. */
  #watchOthers() {
    const standing = document.getElementById("standing");
    const note = document.getElementById("meanwhile");
    const mine = this.form.elements.revision?.value;
    if (!standing || !note || "readonly" in this.dataset) return;
    new MutationObserver(() => {
      note.hidden = document.getElementById("standing").dataset.revision === mine;
    }).observe(standing, { attributes: true, attributeFilter: ["data-revision"] });
  }
}

customElements.define("policy-editor", PolicyEditor);
