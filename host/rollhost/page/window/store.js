// What the page knows: in memory, and in this browser's IndexedDB once the person says so. Rows are
// as inside/sync.py makes them; nothing here knows what they mean.
//
//   cases       [device]                  the newest of what the case told at a sync
//   logs        [device, log]             states that the case told: [[seq, hex], …]
//   runs        [device, log, seq, end]   the bytes of the records from seq to before end, none of
//                                         which lacks; never changed once there, and none twice
//   others      [device, log, seq]        raw, came, chain, flaw: records with a flaw or flipped bits
//   policies    [text]
//   settings    [name]                    "clock": what a person said of this browser's clock
//   milestones  [device, log]             what inside/status.py has worked out; follows from the rest

const NAME = "rollcase";
const VERSION = 2;
const TABLES = ["cases", "logs", "runs", "others", "policies", "settings", "milestones"];
const ROWS = "records"; // of version 1: a row for each record
const RECORD = 32; // bytes

const keyOf = {
  cases: (row) => [row.device],
  logs: (row) => [row.device, row.log],
  others: (row) => [row.device, row.log, row.seq],
  milestones: (row) => [row.device, row.log],
};

const of = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

/** Returns the range of all keys that begin with `prefix`. */
const within = (prefix) => IDBKeyRange.bound(prefix, [...prefix, []]); // an array comes last

/** Tables in memory, with the functions of a table that are used here. */
class Memory {
  #rows = new Map(TABLES.map((name) => [name, new Map()]));

  async change(act) {
    // What fails in the middle changes nothing.
    const rows = new Map([...this.#rows].map(([name, table]) => [name, new Map(table)]));
    const tables = Object.fromEntries(
      TABLES.map((name) => [
        name,
        {
          get: async (key) => rows.get(name).get(JSON.stringify(key))?.row,
          put: async (row, key) => rows.get(name).set(JSON.stringify(key), { key, row }),
          keys: async (prefix) => sorted(rows.get(name), prefix).map(({ key }) => key),
        },
      ]),
    );
    await act(tables);
    this.#rows = rows;
  }

  async all(name, prefix) {
    return sorted(this.#rows.get(name), prefix).map(({ row }) => row);
  }

  async keys(name, prefix) {
    return sorted(this.#rows.get(name), prefix).map(({ key }) => key);
  }

  async entries(name) {
    return [...this.#rows.get(name).values()];
  }
}

const sorted = (table, prefix) =>
  [...table.values()]
    .filter(({ key }) => prefix.every((part, at) => part === key[at]))
    .sort((one, other) => indexedDB.cmp(one.key, other.key));

/** Returns the tables of a transaction. */
const tablesOf = (change) =>
  Object.fromEntries(
    TABLES.map((name) => {
      const table = change.objectStore(name);
      return [
        name,
        {
          get: (key) => of(table.get(key)),
          put: (row, key) => of(table.put(row, key)),
          keys: (prefix) => of(table.getAllKeys(within(prefix))),
        },
      ];
    }),
  );

/** Tables in IndexedDB. */
class Kept {
  constructor(database) {
    this.database = database;
    // Another tab forgets everything, or has a newer page.
    database.onversionchange = () => database.close();
  }

  async change(act) {
    const change = this.database.transaction(TABLES, "readwrite", { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      change.oncomplete = () => resolve();
      change.onabort = change.onerror = () => reject(change.error ?? new Error("not kept"));
    });
    done.catch(() => {}); // it is awaited below
    try {
      await act(tablesOf(change));
    } catch (error) {
      try {
        change.abort();
      } catch {
        // It has ended already.
      }
      throw error;
    }
    await done;
  }

  async all(name, prefix) {
    return of(this.database.transaction(name).objectStore(name).getAll(within(prefix)));
  }

  async keys(name, prefix) {
    return of(this.database.transaction(name).objectStore(name).getAllKeys(within(prefix)));
  }
}

/** Returns the tables in this browser. Rejects with a VersionError if a newer page has made them. */
const opened = async () => {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = async () => {
    const { result: database, transaction: change } = request;
    const there = [...database.objectStoreNames];
    for (const name of TABLES) if (!there.includes(name)) database.createObjectStore(name);
    try {
      if (there.includes(ROWS)) await joinRows(database, change);
    } catch (error) {
      console.error(error);
      change.abort(); // everything is as it was, and `request` fails
    }
  };
  return new Kept(await of(request));
};

/** Moves the records out of the table that version 1 had, with a row for each of them. */
const joinRows = async (database, change) => {
  const tables = tablesOf(change);
  let run = [];
  const putRows = async () => {
    if (!run.length) return;
    const end = run.at(-1).seq + 1;
    await putRun(tables, { ...run[0], end }, fromHex(run.map(({ raw }) => raw).join("")));
    run = [];
  };
  for (const row of await of(change.objectStore(ROWS).getAll())) {
    const { device, log, seq } = run.at(-1) ?? row;
    if (row.device !== device || row.log !== log || row.seq > seq + 1) await putRows();
    if (row.flaw || row.came) await putOther(tables, row);
    if (!row.flaw) run.push(row);
  }
  await putRows();
  database.deleteObjectStore(ROWS);
};

/** Whether this browser keeps something of the page. Makes no database by looking. */
const isKept = async () => {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === NAME);
  } catch {
    return false;
  }
};

export class Store {
  #tables = new Memory();
  keeps = false;

  static async open() {
    const store = new Store();
    if (await isKept()) {
      store.#tables = await opened();
      store.keeps = true;
    }
    return store;
  }

  /**
   * Puts the rows of `changes` into the tables: all of them, or it rejects. `text` is the records
   * of its runs, one behind the other, in base64.
   */
  async keep(changes, text = "") {
    const records = fromBase64(text);
    await this.#tables.change(async (tables) => {
      if (changes.case) await putCase(tables, changes.case);
      for (const row of changes.cases ?? []) await putCase(tables, row);
      for (const row of changes.logs ?? []) await putLog(tables, row);
      for (const row of changes.others ?? []) await putOther(tables, row);
      let at = 0;
      for (const run of changes.runs ?? []) {
        const size = (run.end - run.seq) * RECORD;
        await putRun(tables, run, records.slice(at, at + size));
        at += size;
      }
      for (const row of changes.milestones ?? []) await tables.milestones.put(row, keyOf.milestones(row));
      for (const text of changes.policies ?? []) await tables.policies.put(text, [text]);
      if (changes.clock) await tables.settings.put(changes.clock, ["clock"]);
    });
  }

  /** Returns what there is of `what`, see the table below: `found`, or a long `text`. */
  async read(what, where) {
    if (what === "records") return { text: await recordsOf(this.#tables, where) };
    return { found: await READS[what](this.#tables, where) };
  }

  /** Moves what is in memory into this browser. Rejects if that does not take it. */
  async keepHere() {
    const memory = this.#tables;
    if (this.keeps) return;
    const kept = await opened();
    try {
      await kept.change(async (tables) => {
        for (const name of TABLES)
          for (const { key, row } of await memory.entries(name)) await tables[name].put(row, key);
      });
    } catch (error) {
      kept.database.close();
      await of(indexedDB.deleteDatabase(NAME));
      throw error;
    }
    this.#tables = kept;
    this.keeps = true;
  }

  /** Forgets everything, here and in this browser. */
  async forget() {
    if (this.keeps) this.#tables.database.close();
    if (await isKept()) await of(indexedDB.deleteDatabase(NAME));
    this.#tables = new Memory();
    this.keeps = false;
  }
}

// Two tabs may put the same rows: what says more stays, and a record is the same in both.

const putCase = async (tables, row) => {
  const before = (await tables.cases.get(keyOf.cases(row))) ?? {};
  const isOlder = (before.met_at ?? 0) > (row.met_at ?? row.synced_at ?? Infinity);
  await tables.cases.put(isOlder ? { ...row, ...before } : { ...before, ...row }, keyOf.cases(row));
};

const putLog = async (tables, row) => {
  const before = (await tables.logs.get(keyOf.logs(row)))?.states ?? [];
  const states = new Map([...before, ...row.states]);
  await tables.logs.put({ ...row, states: [...states] }, keyOf.logs(row));
};

const putRun = async (tables, { device, log, seq, end }, bytes) => {
  let next = seq;
  const put = async (until) => {
    if (until <= next) return;
    const part = bytes.slice((next - seq) * RECORD, (until - seq) * RECORD);
    await tables.runs.put(part, [device, log, next, until]);
  };
  // What is between the runs that are here is new.
  for (const [, , first, last] of await tables.runs.keys([device, log])) {
    if (last <= next || first >= end) continue;
    await put(first);
    next = last;
  }
  await put(end);
};

const putOther = async (tables, row) => {
  if (isIn(await tables.runs.keys([row.device, row.log]), row.seq)) return;
  const before = await tables.others.get(keyOf.others(row));
  // A record that came whole later takes the place of a damaged one.
  if (!before || (before.flaw && !row.flaw)) await tables.others.put(row, keyOf.others(row));
};

/** Whether record `seq` lies in one of the runs with these keys. */
const isIn = (runs, seq) => runs.some(([, , first, end]) => first <= seq && seq < end);

const recordsOf = async (tables, { device, log }) =>
  toBase64(new Uint8Array(await new Blob(await tables.all("runs", [device, log])).arrayBuffer()));

const READS = {
  case: async (tables, { device }) => (await tables.all("cases", [device]))[0] ?? null,
  cases: (tables) => tables.all("cases", []),
  logs: (tables, { device }) => tables.all("logs", [device]),
  // The newest record that can be read.
  "last record": async (tables, { device, log }) => {
    const key = (await tables.keys("runs", [device, log])).at(-1);
    if (!key) return null;
    const [run] = await tables.all("runs", key);
    return { seq: key[3] - 1, raw: toBase64(run.slice(-RECORD)) };
  },
  "flawed and flipped": async (tables, { device, log }) => {
    const runs = await tables.keys("runs", [device, log]);
    const rows = await tables.all("others", [device, log]);
    return rows.filter((row) => !row.flaw || !isIn(runs, row.seq));
  },
  policies: (tables) => tables.all("policies", []),
  clock: async (tables) => (await tables.all("settings", ["clock"]))[0] ?? null,
  milestone: async (tables, { device, log }) => (await tables.all("milestones", [device, log]))[0] ?? null,
};

const fromHex = (text) => Uint8Array.from(text.match(/../g), (byte) => parseInt(byte, 16));

const fromBase64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

const toBase64 = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
};
