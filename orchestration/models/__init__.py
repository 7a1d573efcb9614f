"""One aggregate a module: fields, constraints, indexes and queries, without side effects."""

from orchestration.models.agent import Agent, AgentVersion
from orchestration.models.board import BoardEntry, Message
from orchestration.models.channel import Channel, Delivery, Follower
from orchestration.models.draft import PolicyDraft, PolicyReplay
from orchestration.models.finding import Finding, Pace, Response
from orchestration.models.goal import Budget, Goal, Slice
from orchestration.models.notice import Notice
from orchestration.models.person import Membership, Person
from orchestration.models.policy import Bundle, Policy, PolicyVersion
from orchestration.models.review import Annotation, Review, Sample, Verdict
from orchestration.models.reviewing import SavedView, Verification
from orchestration.models.step import Approval, Step, Vote
from orchestration.models.task import Attempt, Dependency, Task, Wait
from orchestration.models.tool import Tool
from orchestration.models.unit import Unit
from orchestration.models.world import Halt, LimitGuard, World

__all__ = [
    "Agent",
    "AgentVersion",
    "Annotation",
    "Approval",
    "Attempt",
    "BoardEntry",
    "Budget",
    "Bundle",
    "Channel",
    "Delivery",
    "Dependency",
    "Finding",
    "Follower",
    "Goal",
    "Halt",
    "LimitGuard",
    "Membership",
    "Message",
    "Notice",
    "Pace",
    "Person",
    "Policy",
    "PolicyDraft",
    "PolicyReplay",
    "PolicyVersion",
    "Response",
    "Review",
    "Sample",
    "SavedView",
    "Slice",
    "Step",
    "Task",
    "Tool",
    "Unit",
    "Verdict",
    "Verification",
    "Vote",
    "Wait",
    "World",
]
