// CPython, compiled to WebAssembly, in a web worker. `python.js` speaks to it: {start: files} is answered by
// {loaded: bytes} and {ready}, and {code} by {text} and {loading: folder} while it runs and by {done} at its end.
//
// CPython calls WASI, preview 1. Here is what it needs of that: clocks, random numbers, and files in memory,
// where a folder is a Map of names and of a file's `data` the first `size` bytes count. A file that has an
// `archive` in place of its data is loaded with it when it is opened.

"use strict";

const OK = 0, BADF = 8, EXIST = 20, INVAL = 28, ISDIR = 31, NOENT = 44, NOSYS = 52, NOTDIR = 54, NOTEMPTY = 55, SPIPE = 70;
const CREATE = 1, DIRECTORY = 2, EXCLUSIVE = 4, TRUNCATE = 8, APPEND = 1; // of path_open
const TERMINAL = 2, FOLDER = 3, FILE = 4; // kinds of files
const ENVIRONMENT = ["HOME=/home", "TMPDIR=/tmp", "MPLCONFIGDIR=/tmp", "MPLBACKEND=agg", "PYTHONDONTWRITEBYTECODE=1"];

// What a notebook does with a cell: it shows the value of a last expression, and the figures that are open.
const CELLS = `
import ast as _ast, linecache as _linecache, os as _os, sys as _sys, traceback as _traceback
_os.chdir("/home")
def _cell(number, path="/tmp/cell.py"):
    source, name = open(path, encoding="utf-8").read(), f"cell {number}"
    _linecache.cache[name] = len(source), None, source.splitlines(True), name
    try:
        body = _ast.parse(source, name)
        last = body.body.pop() if body.body and isinstance(body.body[-1], _ast.Expr) else None
        exec(compile(body, name, "exec"), globals())
        if last:
            value = eval(compile(_ast.Expression(last.value), name, "eval"), globals())
            if not (value is None or hasattr(value, "_repr_png_") or source.rstrip().endswith(";")):
                print(repr(value))
        plt = _sys.modules.get("matplotlib.pyplot")
        for figure in plt.get_fignums() if plt else []:
            plt.figure(figure).savefig(f"/home/figure_{number}_{figure}.png")
            plt.close(figure)
    except BaseException as error:
        below = None if isinstance(error, SyntaxError) else error.__traceback__.tb_next
        _traceback.print_exception(error.with_traceback(below))
        raise SystemExit(1)
    finally:
        _sys.stdout.flush(), _sys.stderr.flush()
`;

const root = new Map();
const open = []; // what each descriptor has open, and where in it: 0 to 2 are the streams, 3 is the root
let python = null;

// -- files ----------------------------------------------------------------------------------------

const numbers = new WeakMap(); // by which Python tells files apart
let last = 0;
const isFolder = (node) => node instanceof Map;
const names = (path) => path.split("/").filter((name) => name && name !== ".");

function number(node) {
  if (!numbers.has(node)) numbers.set(node, ++last);
  return numbers.get(node);
}

function folder(path) { // made where it is missing
  let here = root;
  for (const name of names(path)) {
    if (!here.has(name)) here.set(name, new Map());
    here = here.get(name);
  }
  return here;
}

function find(base, path) { // the folder that holds a path, its name there, and what it is, if it is
  const steps = [];
  for (const name of names(path)) name === ".." ? steps.pop() : steps.push(name);
  let above = base;
  for (const name of steps.slice(0, -1)) {
    above = above.get(name);
    if (!above) return { error: NOENT };
    if (!isFolder(above)) return { error: NOTDIR };
  }
  const name = steps.at(-1);
  return { above, name, node: name === undefined ? base : above.get(name) };
}

function write(node, bytes, at) {
  const end = at + bytes.length;
  if (end > node.data.length) {
    const larger = new Uint8Array(Math.max(end, 2 * node.data.length));
    larger.set(node.data.subarray(0, node.size));
    node.data = larger;
  }
  node.data.set(bytes, at);
  node.size = Math.max(node.size, end);
}

function unpack(tar) { // of each file a head of 512 bytes, then its own, filled up to a multiple of 512
  const text = (at, n) => new TextDecoder().decode(tar.subarray(at, at + n)).replace(/\0.*$/s, "");
  for (let at = 0; tar[at]; ) {
    const path = names(`${text(at + 345, 155)}/${text(at, 100)}`), size = parseInt(text(at + 124, 12), 8);
    const above = folder(path.slice(0, -1).join("/")), name = path.at(-1), archive = text(at + 157, 100);
    at += 512;
    if (!above.has(name)) above.set(name, { size });
    if (archive) above.get(name).archive = archive;
    else {
      Object.assign(above.get(name), { data: tar.slice(at, at + size), archive: "" });
      at += 512 * Math.ceil(size / 512);
    }
  }
}

function load(archive) { // while Python waits for a file that most pages do without
  postMessage({ loading: archive.replace(/^later-|-\w+\.bin$/g, "") });
  const request = new XMLHttpRequest();
  request.open("GET", archive, false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`${archive}: ${request.status} ${request.statusText}.`);
  unpack(new Uint8Array(request.response));
  postMessage({ loading: "" });
}

const shown = new WeakSet();

function pictures(here = folder("home")) { // that were not there before
  const found = [];
  for (const [name, node] of here)
    if (isFolder(node)) found.push(...pictures(node));
    else if (name.endsWith(".png") && !shown.has(node)) {
      shown.add(node);
      found.push({ name: name.slice(0, -4), data: node.data.slice(0, node.size) });
    }
  return found;
}

// -- WASI -----------------------------------------------------------------------------------------

const memory = () => new DataView(python.memory.buffer);
const bytes = (at, n) => new Uint8Array(python.memory.buffer, at, n);
const encode = (text) => new TextEncoder().encode(text);
const putSize = (at, size) => memory().setUint32(at, size, true);
const putLong = (at, value) => memory().setBigUint64(at, BigInt(value), true);
const now = (clock) => (clock ? performance.now() : Date.now()); // 0 is the time of day
const streams = [null, new TextDecoder(), new TextDecoder()];

function* pieces(at, n) { // of memory, that a call names by their places and lengths
  for (let i = at; i < at + 8 * n; i += 8) yield bytes(memory().getUint32(i, true), memory().getUint32(i + 4, true));
}

function putStrings(strings, pointers, at) {
  for (const [i, text] of strings.map((text) => encode(text + "\0")).entries()) {
    putSize(pointers + 4 * i, at);
    bytes(at, text.length).set(text);
    at += text.length;
  }
}

function putSizes(strings, count, size) {
  putSize(count, strings.length);
  putSize(size, encode(strings.join("\0") + "\0").length);
}

const kind = (node) => (isFolder(node) ? FOLDER : "size" in node ? FILE : TERMINAL);

function putStatus(node, at) {
  bytes(at, 64).fill(0);
  putLong(at + 8, number(node));
  memory().setUint8(at + 16, kind(node));
  putLong(at + 24, 1);
  putLong(at + 32, isFolder(node) ? 0 : node.size ?? 0);
}

function readAt(node, at, vectors, n, count) {
  let done = 0;
  for (const piece of pieces(vectors, n)) {
    const part = node.data.subarray(at + done, Math.max(at + done, Math.min(at + done + piece.length, node.size)));
    piece.set(part);
    done += part.length;
  }
  putSize(count, done);
  return done;
}

function writeAt(node, at, vectors, n, count) {
  let done = 0;
  for (const piece of pieces(vectors, n)) {
    write(node, piece, at + done);
    done += piece.length;
  }
  putSize(count, done);
  return done;
}

function print(stream, vectors, n, count) {
  let done = 0;
  for (const piece of pieces(vectors, n)) {
    postMessage({ text: streams[stream].decode(piece.slice(), { stream: true }) });
    done += piece.length;
  }
  putSize(count, done);
}

function withFile(fd, call) {
  return !open[fd] ? BADF : isFolder(open[fd].node) ? ISDIR : call(open[fd]);
}

function withPath(fd, at, n, call) { // a path is below an open folder
  if (!open[fd]) return BADF;
  if (!isFolder(open[fd].node)) return NOTDIR;
  const found = find(open[fd].node, new TextDecoder().decode(bytes(at, n).slice()));
  return found.error ?? call(found);
}

const calls = { // a call that returns nothing went well
  args_get: (pointers, at) => putStrings(["python"], pointers, at),
  args_sizes_get: (count, size) => putSizes(["python"], count, size),
  environ_get: (pointers, at) => putStrings(ENVIRONMENT, pointers, at),
  environ_sizes_get: (count, size) => putSizes(ENVIRONMENT, count, size),
  clock_res_get: (clock, at) => putLong(at, 1000),
  clock_time_get: (clock, precision, at) => putLong(at, Math.round(now(clock) * 1e6)),
  random_get(at, n) {
    for (let i = 0; i < n; i += 65536) crypto.getRandomValues(bytes(at + i, Math.min(65536, n - i)));
  },
  sched_yield: () => OK,
  proc_exit(status) {
    throw new Error(`Python ended with status ${status}`);
  },
  poll_oneoff(at, events, n, count) { // until its first clock rings; whatever else is asked for is ready
    let wait = Infinity;
    for (let i = at; i < at + 48 * n; i += 48) {
      const clock = memory().getUint32(i + 16, true), time = Number(memory().getBigUint64(i + 24, true)) / 1e6;
      const isClock = memory().getUint8(i + 8) === 0, isDate = memory().getUint16(i + 40, true) & 1;
      wait = Math.min(wait, isClock ? time - (isDate ? now(clock) : 0) : 0);
    }
    for (const end = performance.now() + wait; performance.now() < end; );
    for (let i = 0; i < n; i++) {
      bytes(events + 32 * i, 32).fill(0);
      bytes(events + 32 * i, 8).set(bytes(at + 48 * i, 8)); // whose event it is
      bytes(events + 32 * i + 10, 1).set(bytes(at + 48 * i + 8, 1)); // and its kind
    }
    putSize(count, n);
  },

  fd_close: (fd) => (open[fd] ? void delete open[fd] : BADF),
  fd_sync: () => OK,
  fd_datasync: () => OK,
  fd_fdstat_get(fd, at) {
    if (!open[fd]) return BADF;
    bytes(at, 24).fill(0);
    memory().setUint8(at, kind(open[fd].node));
    memory().setUint16(at + 2, open[fd].append ? APPEND : 0, true);
    putLong(at + 8, 2 ** 30 - 1); // every right, here and below
    putLong(at + 16, 2 ** 30 - 1);
  },
  fd_filestat_get: (fd, at) => (open[fd] ? putStatus(open[fd].node, at) : BADF),
  fd_filestat_set_size: (fd, size) =>
    withFile(fd, ({ node }) => {
      write(node, new Uint8Array(0), Number(size));
      node.size = Number(size);
      node.data.fill(0, node.size);
    }),
  fd_prestat_get(fd, at) {
    if (fd !== 3) return BADF;
    putLong(at, 2 ** 32); // a folder, whose name has one letter
  },
  fd_prestat_dir_name: (fd, at) => void bytes(at, 1).set(encode("/")),
  fd_read: (fd, vectors, n, count) =>
    withFile(fd, (file) => {
      if (file.node.data) file.at += readAt(file.node, file.at, vectors, n, count);
      else putSize(count, 0); // nobody types
    }),
  fd_pread: (fd, vectors, n, at, count) => withFile(fd, ({ node }) => void readAt(node, Number(at), vectors, n, count)),
  fd_write: (fd, vectors, n, count) =>
    withFile(fd, (file) => {
      if (!file.node.data) return print(fd, vectors, n, count);
      if (file.append) file.at = file.node.size;
      file.at += writeAt(file.node, file.at, vectors, n, count);
    }),
  fd_pwrite: (fd, vectors, n, at, count) => withFile(fd, ({ node }) => void writeAt(node, Number(at), vectors, n, count)),
  fd_seek: (fd, offset, whence, to) =>
    withFile(fd, (file) => {
      if (!file.node.data) return SPIPE;
      const at = Number(offset) + [0, file.at, file.node.size][whence];
      if (!(at >= 0)) return INVAL;
      putLong(to, (file.at = at));
    }),
  fd_tell: (fd, to) => calls.fd_seek(fd, 0, 1, to),
  fd_readdir(fd, at, n, cookie, used) { // from the place `cookie`, as much as fits
    if (!open[fd]) return BADF;
    if (!isFolder(open[fd].node)) return NOTDIR;
    let filled = 0, place = Number(cookie);
    for (const [text, node] of [...open[fd].node].slice(place)) {
      const name = encode(text), entry = new Uint8Array(24 + name.length), view = new DataView(entry.buffer);
      view.setBigUint64(0, BigInt(++place), true);
      view.setBigUint64(8, BigInt(number(node)), true);
      view.setUint32(16, name.length, true);
      view.setUint8(20, kind(node));
      entry.set(name, 24);
      const part = entry.subarray(0, n - filled);
      bytes(at + filled, part.length).set(part);
      filled += part.length;
      if (filled === n) break;
    }
    putSize(used, filled);
  },

  path_open: (fd, follow, at, n, how, rights, inherited, flags, to) =>
    withPath(fd, at, n, ({ above, name, node }) => {
      if (node && how & EXCLUSIVE) return EXIST;
      if (node && how & DIRECTORY && !isFolder(node)) return NOTDIR;
      if (node?.archive) load(node.archive);
      if (!node && !(how & CREATE)) return NOENT;
      if (!node) above.set(name, (node = { data: new Uint8Array(0), size: 0 }));
      if (how & TRUNCATE) node.size = 0;
      let free = 4;
      while (open[free]) free++;
      open[free] = { node, at: 0, append: flags & APPEND };
      putSize(to, free);
    }),
  path_filestat_get: (fd, follow, at, n, to) =>
    withPath(fd, at, n, ({ node }) => (node ? putStatus(node, to) : NOENT)),
  path_create_directory: (fd, at, n) =>
    withPath(fd, at, n, ({ above, name, node }) => (node ? EXIST : void above.set(name, new Map()))),
  path_unlink_file: (fd, at, n) =>
    withPath(fd, at, n, ({ above, name, node }) => (!node ? NOENT : isFolder(node) ? ISDIR : void above.delete(name))),
  path_remove_directory: (fd, at, n) =>
    withPath(fd, at, n, ({ above, name, node }) =>
      !node ? NOENT : !isFolder(node) ? NOTDIR : node.size ? NOTEMPTY : void above.delete(name)),
  path_rename: (fd, at, n, other, to, m) =>
    withPath(fd, at, n, (from) =>
      withPath(other, to, m, ({ above, name }) => {
        if (!from.node) return NOENT;
        from.above.delete(from.name);
        above.set(name, from.node);
      })),
};

// -- the interpreter ------------------------------------------------------------------------------

async function fetched(name, cache, progress) { // unpacked as it comes; kept by the browser, where it has a place for it
  let answer = await cache?.match(name);
  if (!answer) {
    answer = await fetch(name);
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
    cache?.put(name, answer.clone()).catch(() => {}); // a full disk is no fault of the page
  }
  const counted = new TransformStream({
    transform(chunk, out) {
      progress(chunk.length);
      out.enqueue(chunk);
    },
  });
  const body = answer.body.pipeThrough(counted).pipeThrough(new DecompressionStream("gzip"));
  return new Response(body, { headers: { "Content-Type": "application/wasm" } });
}

function turn(code) { // 0 where no exception came through
  const text = encode(code), at = python.host_alloc(text.length);
  bytes(at, text.length).set(text);
  return python.turn(at, text.length);
}

async function start(files) {
  const cache = self.caches && (await caches.open("sobolev_ref"));
  for (const old of (await cache?.keys()) ?? [])
    if (!Object.values(files).includes(old.url)) cache.delete(old); // of an earlier build
  let loaded = 0;
  const progress = (n) => postMessage({ loaded: (loaded += n) });
  const [module, library] = await Promise.all([
    fetched(files.python, cache, progress).then((answer) => WebAssembly.compileStreaming(answer)),
    fetched(files.library, cache, progress).then((answer) => answer.arrayBuffer()),
  ]);
  unpack(new Uint8Array(library));
  folder("home");
  folder("tmp");
  open.push({ node: {} }, { node: {} }, { node: {} }, { node: root });
  const imports = { host: { call: () => -1 }, wasi_snapshot_preview1: {} };
  for (const { module: from, name } of WebAssembly.Module.imports(module))
    if (from !== "host") imports[from][name] = (...given) => (calls[name] ? calls[name](...given) ?? OK : NOSYS);
  python = (await WebAssembly.instantiate(module, imports)).exports;
  python._initialize();
  turn(CELLS);
  postMessage({ ready: true });
}

let cells = 0;

onmessage = async ({ data }) => {
  try {
    if (data.start) return await start(data.start);
    const code = encode(data.code);
    folder("tmp").set("cell.py", { data: code, size: code.length });
    const status = turn(`_cell(${++cells})`);
    postMessage({ done: { error: status !== 0, pictures: pictures() } });
  } catch (error) { // of the interpreter itself, which is then of no more use
    postMessage({ broken: error.message });
  }
};
