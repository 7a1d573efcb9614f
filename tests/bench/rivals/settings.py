"""Our settings with the other libraries installed beside us."""

from console.settings import *  # noqa: F403
from console.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "auditlog", "pgtrigger", "pghistory", "tests.bench.rivals"]
