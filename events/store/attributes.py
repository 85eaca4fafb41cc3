"""PynamoDB's attributes and its way to items and back, without what it checks at each value."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Generic, Self, TypeVar, overload

from pynamodb.attributes import Attribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.constants import MAP, NULL

Entry = TypeVar("Entry", bound=MapAttribute[Any, Any])
Value = TypeVar("Value")


class _Plain(Attribute[Value]):
    """An attribute that is read in one look: PynamoDB's asks first if it is a path in a map."""

    @overload
    def __get__(self, instance: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, instance: Any, owner: Any) -> Value: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        return self if instance is None else instance.attribute_values.get(self._name)

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self._name = name


class Text(_Plain[str], UnicodeAttribute):
    """A text."""


class WholeNumber(_Plain[float], NumberAttribute):
    """A number without fractions, read and written in a tenth of the time that JSON takes."""

    def serialize(self, value: float) -> str:
        return str(int(value))

    def deserialize(self, value: str) -> int:
        return int(value)


class MapOf(_Plain[dict[str, Entry]], Generic[Entry]):
    """A map whose keys are free and whose values are all of one kind."""

    attr_type = MAP

    def __init__(self, entry: type[Entry], **options: Any) -> None:
        super().__init__(**options)
        self._entry = entry

    def serialize(self, value: Mapping[str, Entry]) -> dict[str, dict[str, Any]]:
        codec = self._entry()
        return {key: {MAP: codec.serialize(entry)} for key, entry in value.items()}

    def deserialize(self, value: Mapping[str, Mapping[str, Any]]) -> dict[str, Entry]:
        codec: Any = self._entry()
        return {key: codec.deserialize(raw[MAP]) for key, raw in value.items()}


class Container:
    """PynamoDB's way to items and back, without what it checks at each value.

    The attributes stay the one description of what is stored; mypy and the tests check the values.
    """

    @classmethod
    @cache
    def _fields(cls) -> dict[str, tuple[str, str, Any]]:
        """Return the name, the type and the attribute of each stored name."""
        container: Any = cls
        return {
            attribute.attr_name: (name, attribute.attr_type, attribute)
            for name, attribute in container.get_attributes().items()
        }

    def _set_defaults(self, _user_instantiated: bool = True) -> None:  # noqa: FBT001, FBT002  # PynamoDB's signature
        """Look for none: no attribute here has a default."""

    def _set_attributes(self: Any, **values: Any) -> None:
        unknown = values.keys() - self.get_attributes().keys()
        if unknown:
            raise ValueError(f"{type(self).__name__} has no attributes {sorted(unknown)}")
        self.attribute_values.update(values)

    def _container_serialize(self: Any, null_check: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002  # PynamoDB's signature
        values = self.attribute_values
        return {
            stored_name: {kind: attribute.serialize(values[name])}
            for stored_name, (name, kind, attribute) in self._fields().items()
            if values.get(name) is not None
        }

    def _container_deserialize(self: Any, attribute_values: Mapping[str, Any]) -> None:
        fields = self._fields()
        # Not by setattr(), for which maps have a slow one of their own.
        decoded = self.__dict__["attribute_values"] = {}
        for stored_name, value in attribute_values.items():
            # Another's tool may have written NULL, which is as good as nothing.
            if stored_name in fields and NULL not in value:
                name, kind, attribute = fields[stored_name]
                decoded[name] = attribute.deserialize(value[kind])


class Map(Container, MapAttribute[str, Any]):
    """PynamoDB's map, with types on what it leaves without."""

    def __init__(self, **values: Any) -> None:
        # PynamoDB's maps may be attributes themselves, and find out which they are; never these.
        self.__dict__["attribute_values"] = {}
        self._set_attributes(**values)

    def serialize(self, values: Any, *, null_check: bool = True) -> Any:  # noqa: ARG002  # PynamoDB's signature
        return values._container_serialize()  # noqa: SLF001  # its own kind

    def deserialize(self, values: Any) -> Any:
        entry = type(self)()
        entry._container_deserialize(values)  # noqa: SLF001  # its own kind
        return entry
