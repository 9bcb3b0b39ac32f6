/** The result of a sitting: sends what its pages could not, says what did not count, keeps nothing. */
import { MOST_ENTRIES, bodyOf, nextBatch } from "./batch.js";
import { Ledger } from "./ledger.js";
import { addresses, attemptId, showNotice, userId } from "./page.js";
import { post } from "./server.js";

const ledger = new Ledger(userId, attemptId);
await ledger.open();
if (await sendRest().catch(() => false)) {
  const aside = ledger.entries.filter(({ outcome }) => ["late", "closed"].includes(outcome));
  const places = [...new Set(aside.map(({ payload }) => payload.item))].join(", ");
  if (aside.length) showNotice("kept", { places });
  await ledger.forget();
}

/** Whether the portal has all of it now. */
async function sendRest() {
  while (ledger.unsent.length) {
    const batch = nextBatch(ledger.unsent, MOST_ENTRIES);
    const reply = await post(addresses.answers, bodyOf(batch));
    if (reply.status !== 200) return false;
    const settled = ledger.settle(batch[0]?.epoch ?? 0, reply.data.entries);
    if (!settled.length) return false;
    await ledger.keep(settled);
  }
  return true;
}
