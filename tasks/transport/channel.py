"""The channel and the transport, put together from their parts."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from kombu.transport import SQS
from kombu.utils.objects import cached_property

from events.direct_client import watch_calls
from tasks.transport import client, messages
from tasks.transport.receiving import Receiving
from tasks.transport.sending import Sending
from tasks.transport.settling import Settling


class Channel(Sending, Receiving, Settling):
    """An SQS channel that batches, keeps messages invisible and survives."""

    Message = messages.Message
    QoS = messages.QoS
    # Short, since it is extended for as long as the work takes; a killed worker's messages
    # come back after this time.
    default_visibility_timeout = 30

    @cached_property
    def sqs_base64_encoding(self) -> bool:
        return bool(self.transport_options.get("sqs_base64_encoding", False))

    def new_sqs_client(  # noqa: PLR0917  # kombu's signature
        self,
        region: str,
        access_key_id: str | None,
        secret_access_key: str | None,
        session_token: str | None = None,
    ) -> Any:
        options = self.transport_options.get("client-config") or {}

        # The client outlives the channel, and may have to make its twin when that is closed.
        place = {"use_ssl": self.is_secure is not False, "endpoint_url": self.endpoint_url}
        wait_time_seconds = self.wait_time_seconds

        def build(config: Config) -> Any:
            # Without keys, botocore's own chain finds and renews them (an instance's role).
            session = boto3.Session(access_key_id, secret_access_key, session_token, region)
            return watch_calls(session.client("sqs", config=config, **place))

        def new_client() -> client.QueueClient:
            return client.QueueClient(build, options, wait_time_seconds)

        if session_token is not None:
            # kombu renews the clients of assumed roles; sharing would keep every one of them.
            return new_client()
        key = (region, access_key_id, secret_access_key, self.endpoint_url, repr(options))
        return client.shared_client((*key, wait_time_seconds), new_client)


class Transport(SQS.Transport):
    """kombu's SQS transport with the channel above."""

    Channel = Channel
    polling_interval = 0.05  # type: ignore[assignment]  # the stubs know whole seconds only
    # An error answer of SQS is as passing as a lost connection: a worker that starts in an
    # outage waits for its end, and publishers try again.
    connection_errors = (*SQS.Transport.connection_errors, ClientError)
    # Saying that all of them are recoverable makes kombu use the whole of a retry policy; it
    # would give up after one new connection otherwise.
    recoverable_connection_errors = connection_errors
    recoverable_channel_errors = SQS.Transport.channel_errors
