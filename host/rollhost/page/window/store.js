// What the page knows: in memory, and in this browser's IndexedDB once the person says so. Rows are
// as inside/sync.py makes them; nothing here knows what they mean.
//
//   cases     [device]            the newest of what the case told at a sync
//   logs      [device, log]       states that the case told: [[seq, hex], …]
//   records   [device, log, seq]  raw, came, chain, flaw; never changed once there
//   policies  [text]
//   settings  [name]              "clock": what a person said of this browser's clock

const NAME = "rollcase";
const VERSION = 1;
const TABLES = ["cases", "logs", "records", "policies", "settings"];

const keyOf = {
  cases: (row) => [row.device],
  logs: (row) => [row.device, row.log],
  records: (row) => [row.device, row.log, row.seq],
};

const of = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

/** Tables in memory, with the two functions of a table that are used here. */
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
        },
      ]),
    );
    await act(tables);
    this.#rows = rows;
  }

  async all(name, prefix) {
    const found = [...this.#rows.get(name).values()];
    const wanted = found.filter(({ key }) => prefix.every((part, at) => part === key[at]));
    return wanted.sort((one, other) => indexedDB.cmp(one.key, other.key)).map(({ row }) => row);
  }

  async entries(name) {
    return [...this.#rows.get(name).values()];
  }
}

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
    const tables = Object.fromEntries(
      TABLES.map((name) => {
        const table = change.objectStore(name);
        return [
          name,
          { get: (key) => of(table.get(key)), put: (row, key) => of(table.put(row, key)) },
        ];
      }),
    );
    try {
      await act(tables);
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
    const table = this.database.transaction(name).objectStore(name);
    // An array comes after every number and text.
    const range = IDBKeyRange.bound(prefix, [...prefix, []]);
    return of(table.getAll(range));
  }
}

const opened = async () => {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    for (const name of TABLES) request.result.createObjectStore(name);
  };
  return new Kept(await of(request));
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

  /** Puts the rows of `changes` into the tables: all of them, or it rejects. */
  async keep(changes) {
    await this.#tables.change(async (tables) => {
      if (changes.case) await putCase(tables, changes.case);
      for (const row of changes.cases ?? []) await putCase(tables, row);
      for (const row of changes.logs ?? []) await putLog(tables, row);
      for (const row of changes.records ?? []) await putRecord(tables, row);
      for (const text of changes.policies ?? []) await tables.policies.put(text, [text]);
      if (changes.clock) await tables.settings.put(changes.clock, ["clock"]);
    });
  }

  /** Returns what there is of `what`; see the table below. */
  read(what, where) {
    return READS[what](this.#tables, where);
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

const putRecord = async (tables, row) => {
  const before = await tables.records.get(keyOf.records(row));
  // A record that came whole later takes the place of a damaged one.
  if (!before || (before.flaw && !row.flaw)) await tables.records.put(row, keyOf.records(row));
};

const ofLog = (tables, { device, log }) => tables.all("records", [device, log]);

const READS = {
  case: async (tables, { device }) => (await tables.all("cases", [device]))[0] ?? null,
  cases: (tables) => tables.all("cases", []),
  logs: (tables, { device }) => tables.all("logs", [device]),
  "last record": async (tables, where) =>
    (await ofLog(tables, where)).findLast((row) => !row.flaw) ?? null,
  // The records that can be read, one behind the other, in hex.
  records: async (tables, where) => {
    const rows = await ofLog(tables, where);
    return rows.map((row) => (row.flaw ? "" : row.raw)).join("");
  },
  "flawed and flipped": async (tables, where) =>
    (await ofLog(tables, where)).filter((row) => row.flaw || row.came),
  policies: (tables) => tables.all("policies", []),
  clock: async (tables) => (await tables.all("settings", ["clock"]))[0] ?? null,
};
