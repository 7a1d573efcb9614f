"""The job that decides a history again under a draft, span by span."""

from __future__ import annotations

from uuid import UUID

import structlog
from celery import shared_task

from orchestration.errors import IllegalTransition, InvalidInput, StaleWrite
from orchestration.operations import policy_replays
from orchestration.operations.signals import REPLAY

log = structlog.get_logger(__name__)


@shared_task(name=REPLAY, soft_time_limit=3_400, time_limit=3_500)
def replay_history(key: str) -> None:
    """Carry out one replay, unless it has ended or somebody else is at it."""
    replay = policy_replays.begin_replay(key=UUID(key))
    if replay is None:
        return
    try:
        while policy_replays.advance_replay(replay=replay):
            pass
        policy_replays.finish_replay(replay=replay)
    except InvalidInput as error:
        policy_replays.fail_replay(replay=replay, error=str(error))
    except (IllegalTransition, StaleWrite):
        log.info("replay_stopped", replay=key)
    else:
        log.info("replay_ended", replay=key, decisions=replay.done)
