// `run(code)` runs Python in the reader's browser. Another interpreter can take the place of this file's.
//
// It resolves to {text, pictures, error}: what was printed, each picture as {name, url}, and whether the code
// ended with an exception, whose traceback is then the end of the text. Names are kept from one code to the
// next. The first call loads the interpreter: FILES, written by the site's build, names what is loaded.

"use strict";

const python = (() => {
  const base = new URL(".", document.currentScript.src);
  let worker = null, ready = null, fail = null;

  function missing() { // what this browser, or this page, does not have
    if (location.protocol === "file:") return "A page that was opened as a file cannot run Python: serve the folder, `python -m http.server`.";
    if (!self.WebAssembly || !self.DecompressionStream || !self.Worker)
      return "This browser is too old to run Python: it has no WebAssembly, no workers or no DecompressionStream.";
    return "";
  }

  function start(progress) {
    if (missing()) return Promise.reject(new Error(missing()));
    worker = new Worker(new URL("wasi.js", base));
    return new Promise((resolve, reject) => {
      fail = reject;
      worker.onerror = (event) => stop(event.message);
      worker.onmessage = ({ data }) => {
        if (data.loaded) progress(data.loaded, FILES.bytes);
        else if (data.broken) stop(data.broken);
        else if (data.ready) resolve();
      };
      const { python, library } = FILES;
      worker.postMessage({ start: { python: new URL(python, base).href, library: new URL(library, base).href } });
    });
  }

  function stop(reason = "Stopped.") { // names are lost; the next run starts anew
    worker?.terminate();
    worker = ready = null;
    fail?.(new Error(reason));
  }

  async function now(code, { progress = () => {}, print = () => {}, loading = () => {} } = {}) {
    ready ??= start(progress).catch((error) => {
      ready = null;
      throw error;
    });
    await ready;
    return await new Promise((resolve, reject) => {
      let text = "";
      fail = reject;
      worker.onmessage = ({ data }) => {
        if (data.broken) return stop(data.broken);
        if (data.text) print((text += data.text));
        if ("loading" in data) loading(data.loading);
        if (data.done) {
          const url = (data) => URL.createObjectURL(new Blob([data], { type: "image/png" }));
          const pictures = data.done.pictures.map(({ name, data }) => ({ name, url: url(data) }));
          resolve({ text, pictures, error: data.done.error });
        }
      };
      worker.postMessage({ code });
    });
  }

  let last = Promise.resolve(); // one code runs at a time, in the order in which they came
  const run = (code, given) => (last = last.catch(() => {}).then(() => now(code, given)));
  return { run, stop };
})();
