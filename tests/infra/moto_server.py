"""moto's server where AWS does more, so that Terraform can read, and end, what it wrote.

Each patch fills a named gap; what it fills, no test of ours can prove. Runs in ``.venv-infra``.
"""

import json
from contextlib import suppress
from typing import Any

from moto.ec2.exceptions import InvalidRouteError
from moto.ec2.models.vpcs import VPCBackend
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket
from moto.server import main
from moto.sqs.models import Queue, SQSBackend

_delete_endpoints = VPCBackend.delete_vpc_endpoints
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


def _delete_endpoints_again(self: Any, vpce_ids: list[str] | None = None) -> None:
    """Let a delete that comes again, since its answer was lost, find no routes."""
    for each in vpce_ids or []:
        with suppress(InvalidRouteError):
            _delete_endpoints(self, [each])
        if each in self.vpc_end_points:
            self.vpc_end_points[each].state = "deleted"


Queue.attributes = property(_list_all_attributes)
SQSBackend.get_queue_attributes = _read_named_attributes
FakeBucket.get_permission = _judge
VPCBackend.delete_vpc_endpoints = _delete_endpoints_again

if __name__ == "__main__":
    main()
