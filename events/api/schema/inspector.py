"""What drf-spectacular asks about each call, answered from our descriptions."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse
from pydantic.json_schema import GenerateJsonSchema
from rest_framework.views import APIView

from events.api.errors import MEDIA_TYPE
from events.api.schema import headers
from events.api.schema.answers import ProblemDocument
from events.api.schema.failing import describe, example_of
from events.api.schema.operation import Answer, Operation, Parameter
from events.api.schema.operations import OPERATIONS
from events.api.schema.problems import CATALOGUE, EVERYWHERE, KEYED


class Addresses(EndpointEnumerator):
    """Every address of the API, without the slash that is forgiven."""

    def get_path_from_regex(self, path_regex: str) -> str:
        path: str = super().get_path_from_regex(path_regex)  # type: ignore[no-untyped-call]
        return path.rstrip("/")


class Generator(SchemaGenerator):
    """Inspects every view with our inspector, whatever the view itself knows of schemas."""

    endpoint_inspector_cls = Addresses

    def create_view(self, callback: Any, method: str, request: Any = None) -> APIView:
        view: APIView = super().create_view(callback, method, request)  # type: ignore[no-untyped-call]
        view.schema = Inspector()
        return view


class Inspector(AutoSchema):
    """One call; those that nobody described are left out, and a test finds them."""

    @property
    def _operation(self) -> Operation:
        return OPERATIONS[self.method, self.path]

    def is_excluded(self) -> bool:
        return (self.method, self.path) not in OPERATIONS

    def get_operation_id(self) -> str:
        return self._operation.name

    def get_tags(self) -> list[str]:
        return [self._operation.tag]

    def get_summary(self) -> str:
        return self._operation.summary

    def get_description(self) -> str:  # type: ignore[override]  # as in its superclass
        return self._operation.description

    def get_auth(self) -> list[dict[str, list[str]]]:
        # An empty requirement: whoever asks need not say who they are.
        return [{}] if self._operation.is_public else []

    def get_request_serializer(self) -> Any:  # what extend_schema takes
        return {
            each.media_type: OpenApiRequest(each.shape, examples=_examples(each.examples))
            for each in self._operation.requests
        }

    def get_response_serializers(self) -> Any:  # as above
        described: dict[tuple[str, str] | str, OpenApiResponse] = {}
        for answer in self._operation.answers:
            described |= _answered(answer)
        for status in sorted({CATALOGUE[code].status for code in self._codes}):
            described[str(status.value), MEDIA_TYPE] = _failed(status, self._codes_of(status))
        return described

    def get_override_parameters(self) -> list[Any]:
        asked = [_parameter(each) for each in self._operation.parameters]
        return [*asked, *self._answer_headers()]

    @property
    def _codes(self) -> Sequence[str]:
        keyed = () if self._operation.is_public else KEYED
        return (*self._operation.problems, *keyed, *EVERYWHERE)

    def _codes_of(self, status: HTTPStatus) -> list[str]:
        return [code for code in self._codes if CATALOGUE[code].status is status]

    def _answer_headers(self) -> list[OpenApiParameter]:
        shared = () if self._operation.is_public else headers.LIMITS
        found = [_parameter(each, statuses=True) for each in (*headers.ALWAYS, *shared)]
        for answer in self._operation.answers:
            found += [_parameter(each, statuses=[answer.status]) for each in answer.headers]
        for code in self._codes:
            entry = CATALOGUE[code]
            found += [_parameter(each, statuses=[entry.status]) for each in entry.headers]
        return found


class Models(OpenApiSerializerExtension):
    """Describes pydantic models as components: as they are read, or as they are written."""

    target_class = "pydantic.BaseModel"
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:  # noqa: ARG002  # its signature
        set_override(self.target, "suppress_collision_warning", True)
        name: str = self.target.__name__
        return name

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = self.target.model_json_schema(
            ref_template="#/components/schemas/{model}",
            schema_generator=_Untitled,
            mode="validation" if direction == "request" else "serialization",
        )
        for name, part in schema.pop("$defs", {}).items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(
                    name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part
                )
            )
        return schema


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # pydantic's signature
        return False

    def get_title_from_name(self, name: str) -> str:
        return name


def _answered(answer: Answer) -> dict[tuple[str, str] | str, OpenApiResponse]:
    status = str(answer.status.value)
    if not answer.bodies:
        return {status: OpenApiResponse(None, answer.description)}
    return {
        (status, each.media_type): OpenApiResponse(
            each.shape, answer.description, _examples(each.examples)
        )
        for each in answer.bodies
    }


def _failed(status: HTTPStatus, codes: Sequence[str]) -> OpenApiResponse:
    examples = {code: example_of(code) for code in codes}
    return OpenApiResponse(ProblemDocument, describe(status, codes), _examples(examples))


def _examples(values: Mapping[str, Any]) -> list[OpenApiExample]:
    return [OpenApiExample(name, value) for name, value in values.items()]


def _parameter(each: Parameter, *, statuses: bool | list[HTTPStatus] = False) -> OpenApiParameter:
    example = [] if each.example is None else [OpenApiExample(each.name, each.example)]
    return OpenApiParameter(
        each.name,
        dict(each.schema),
        each.place,
        required=each.is_required,
        description=each.description,
        examples=example,
        response=statuses if isinstance(statuses, bool) else [each.value for each in statuses],
    )
