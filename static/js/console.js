/* What every page of the console does in the browser. Pages work without any of it. */
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startMenus } from "./menus.js";
import { startPalette } from "./palette.js";
import { startRows } from "./rows.js";
import { startTheme } from "./theme.js";
import { startTimes } from "./times.js";
import { startTrees } from "./tree.js";

startTheme();
startTimes();
startMenus();
startPalette();
startRows();
startKeys();
startTrees();
startLive();
