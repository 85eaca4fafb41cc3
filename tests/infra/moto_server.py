"""moto's server where it says less than AWS does, so that Terraform can read what it wrote.

Each patch fills a named gap; what it fills, no test of ours can prove. Runs in ``.venv-infra``.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket
from moto.server import main
from moto.sqs.models import Queue, SQSBackend

_list_attributes = Queue.attributes.fget
_read_attributes = SQSBackend.get_queue_attributes


def _list_all_attributes(self: Any) -> dict[str, Any]:
    """Tell of RedriveAllowPolicy too, for which the provider would wait for ever."""
    policy = getattr(self, "redrive_allow_policy", None)
    return _list_attributes(self) | ({"RedriveAllowPolicy": policy} if policy else {})


def _read_named_attributes(self: Any, queue_name: str, attribute_names: list[str]) -> Any:
    """Take RedriveAllowPolicy for a name of an attribute."""
    if "RedriveAllowPolicy" not in (attribute_names or []):
        return _read_attributes(self, queue_name, attribute_names)
    every = _read_attributes(self, queue_name, ["All"])
    return {name: every[name] for name in attribute_names if name in every}


def _judge(self: Any, action: str, resource: str) -> Any:
    """Leave out "deny without TLS": moto evaluates it without knowing how the request came."""
    policy = json.loads(self.policy) if self.policy else {"Statement": []}
    known = [each for each in policy["Statement"] if "SecureTransport" not in json.dumps(each)]
    if not known:
        return PermissionResult.NEUTRAL
    return IAMPolicy({**policy, "Statement": known}).is_action_permitted(action, resource)


Queue.attributes = property(_list_all_attributes)
SQSBackend.get_queue_attributes = _read_named_attributes
FakeBucket.get_permission = _judge

if __name__ == "__main__":
    main()
