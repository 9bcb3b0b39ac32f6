/**
 * What this browser keeps of a sitting, in IndexedDB: it outlives the page and a crash.
 *
 * Entries are kept by person, so that nobody else who signs in here ever sends or sees them.
 */

const DATABASE = "certportal-sittings";
const ENTRIES = "entries";
const LONGEST_OPEN_MS = 3_000;

/**
 * One thing that a student did, as it is sent; its key never changes.
 * @typedef {object} Entry
 * @property {string} user
 * @property {string} attempt
 * @property {number} epoch
 * @property {number} seq
 * @property {string} subject  what it is about, such as answer:12
 * @property {Record<string, any>} payload
 * @property {string} device_time  by this device's clock: shown as such, never used
 * @property {string} outcome  what the server made of it; "" until it has said so
 * @property {string} saved_at  the server's time
 */

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(ENTRIES, { keyPath: ["user", "attempt", "epoch", "seq"] });
  };
  const tooLate = new Promise((_resolve, reject) => setTimeout(reject, LONGEST_OPEN_MS));
  return /** @type {Promise<IDBDatabase>} */ (Promise.race([answerOf(request), tooLate]));
}

/**
 * What is kept of one person's sitting.
 * @param {string} user
 * @param {string} attempt
 * @returns {Promise<Store | undefined>} nothing where the browser keeps nothing
 */
export async function openStore(user, attempt) {
  try {
    const store = new Store(await openDatabase(), user, attempt);
    await store.put([]);
    return store;
  } catch {
    // Refused, full or in a private window: the page says so and keeps its answers in memory.
    return undefined;
  }
}

export class Store {
  #database;
  #range;

  /**
   * @param {IDBDatabase} database
   * @param {string} user
   * @param {string} attempt
   */
  constructor(database, user, attempt) {
    this.#database = database;
    this.#range = IDBKeyRange.bound([user, attempt], [user, attempt, []]);
    database.onversionchange = () => database.close();
  }

  /** @returns {Promise<Entry[]>} in the order in which they were made */
  all() {
    const transaction = this.#database.transaction(ENTRIES);
    return answerOf(transaction.objectStore(ENTRIES).getAll(this.#range));
  }

  /**
   * Resolves once they are on the disk of this device, and not before.
   * @param {Entry[]} entries
   */
  put(entries) {
    return this.#write((store) => entries.forEach((entry) => store.put(entry)));
  }

  /** The sitting is closed and its result is known: nothing needs to be kept. */
  forget() {
    return this.#write((store) => store.delete(this.#range));
  }

  /**
   * @param {(store: IDBObjectStore) => void} write
   * @returns {Promise<void>}
   */
  #write(write) {
    return new Promise((resolve, reject) => {
      const options = /** @type {IDBTransactionOptions} */ ({ durability: "strict" });
      const transaction = this.#database.transaction(ENTRIES, "readwrite", options);
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      write(transaction.objectStore(ENTRIES));
    });
  }
}
