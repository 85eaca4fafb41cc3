"""Group commit: concurrent callers' entries travel in shared calls, without a timer."""

from events.group_commit.commit import GroupCommit
from events.group_commit.ticket import GroupCommitAborted, GroupCommitFull, GroupCommitTimeout

__all__ = ["GroupCommit", "GroupCommitAborted", "GroupCommitFull", "GroupCommitTimeout"]
