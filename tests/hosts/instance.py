"""What AWS is to one host: its metadata, its role's credentials, and its group's hooks."""

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

# Where a host asks for its metadata, whatever its network is.
ADDRESS = "169.254.169.254"
REGION = "us-east-1"
_ROLE = "host"
_TOKEN = "a-token-of-version-2"
_CREDENTIALS = {
    "Code": "Success",
    "Type": "AWS-HMAC",
    "AccessKeyId": "ASIAEXAMPLE",
    "SecretAccessKey": "example",
    "Token": "example",
    "Expiration": "2099-01-01T00:00:00Z",
}
_COMPLETED = (
    '<CompleteLifecycleActionResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">'
    "<CompleteLifecycleActionResult/></CompleteLifecycleActionResponse>"
)


class Instance:
    """Answers one host, by version 2 of the metadata only, and keeps what its hooks are told."""

    def __init__(self, host: str, identity: str) -> None:
        self.identity = identity
        # What the group wants of the host; nothing is there before the group has taken it in.
        self.target_state = ""
        # The group, the hook, the host's identity and the result.
        self.told: list[tuple[str, str, str, str]] = []
        self._server = ThreadingHTTPServer((host, 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def metadata(self, path: str) -> str:
        roles = "iam/security-credentials/"
        return {
            "instance-id": self.identity,
            "placement/region": REGION,
            "autoscaling/target-lifecycle-state": self.target_state,
            roles: _ROLE,
            f"{roles}{_ROLE}": json.dumps(_CREDENTIALS),
        }.get(path, "")

    def complete(self, form: dict[str, str]) -> None:
        names = ("AutoScalingGroupName", "LifecycleHookName", "InstanceId", "LifecycleActionResult")
        group, hook, identity, result = (form[name] for name in names)
        self.told.append((group, hook, identity, result))


def _handler_of(instance: Instance) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            is_asked = self.path == "/latest/api/token"
            self._answer(HTTPStatus.OK if is_asked else HTTPStatus.NOT_FOUND, _TOKEN)

        def do_GET(self) -> None:
            if self.headers["X-aws-ec2-metadata-token"] != _TOKEN:
                self._answer(HTTPStatus.UNAUTHORIZED)
                return
            found = instance.metadata(self.path.removeprefix("/latest/meta-data/"))
            self._answer(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND, found)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if form.get("Action") != "CompleteLifecycleAction":
                self._answer(HTTPStatus.BAD_REQUEST)
                return
            instance.complete(form)
            self._answer(HTTPStatus.OK, _COMPLETED)

        def log_message(self, *_: Any) -> None:
            """Keep what tests print to what they found."""

        def _answer(self, status: HTTPStatus, text: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

    return Handler
