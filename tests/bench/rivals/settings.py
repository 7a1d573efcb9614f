"""Our settings with the other libraries installed beside us.

Statements are bound by the client here, for all alike: the others' migrations need that.
"""

from console.settings import *  # noqa: F403
from console.settings import DATABASES as OUR_DATABASES
from console.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "auditlog", "pgtrigger", "pghistory", "tests.bench.rivals"]
DEFAULT = OUR_DATABASES["default"]
UNPREPARED = {"prepare_threshold": None, "server_side_binding": False}
DATABASES = {"default": {**DEFAULT, "OPTIONS": {**DEFAULT["OPTIONS"], **UNPREPARED}}}
