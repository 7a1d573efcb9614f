/* The explorer of the ledger: completion, the strip, what is newer, and checking an entry here. */
import { startCompleting } from "./ledger/completing.js";
import { startDrawer } from "./ledger/drawer.js";
import { startStrip } from "./ledger/strip.js";
import { startTail } from "./ledger/tail.js";
import { startVerify } from "./ledger/verify.js";
import { offerZone } from "./ledger/zone.js";

startCompleting();
startDrawer();
startStrip();
startTail();
startVerify();
offerZone();
