"""The stored form of conditions as a JSON Schema (draft 2020-12), for those who write models in files."""

from typing import Any

from prm.conditions.documents import MAX_DAYS, MAX_LIST, MAX_TEXT, MAX_TIMES
from prm.conditions.fields import Acts, Field, FieldType, Vocabulary
from prm.conditions.operators import BY_TYPE, IN_DAYS, WITH_LIST, WITHOUT_VALUE, Operator, of

_VALUES: dict[FieldType, dict[str, Any]] = {
    FieldType.TEXT: {"type": "string", "minLength": 1, "maxLength": MAX_TEXT},
    FieldType.NUMBER: {"type": "number"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.CHOICE: {"type": "string", "minLength": 1},
    FieldType.CHOICES: {"type": "string", "minLength": 1},
    FieldType.CODES: {"type": "string", "minLength": 1},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.PROPERTY: {"type": ["string", "number", "boolean"]},
    FieldType.MOMENT: {"type": "string", "format": "date"},
}
_DAYS = {"type": "integer", "minimum": 1, "maximum": MAX_DAYS}
_TIMES = {"type": "integer", "minimum": 1, "maximum": MAX_TIMES}


def condition_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the schema of conditions over one vocabulary."""
    node = {"$ref": "#/$defs/condition"}
    nodes = {"type": "array", "items": node, "minItems": 1}
    comparisons = [shape for one in vocabulary.list_fields() for shape in _comparisons({"const": one.name}, one)]
    if vocabulary.properties is not None:
        pattern = {"type": "string", "pattern": f"^{vocabulary.properties.prefix.replace('.', '[.]')}.+"}
        comparisons += _comparisons(pattern, vocabulary.properties.field("any"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Condition",
        "anyOf": [{"type": "object", "maxProperties": 0}, node],
        "$defs": {
            "condition": {
                "anyOf": [
                    *(_object({name: nodes}) for name in ("all", "any")),
                    _object({"not": node}),
                    *comparisons,
                ]
            }
        },
    }


def _comparisons(name: dict[str, Any], field: Field) -> list[dict[str, Any]]:
    """Return one shape for each way of giving a value."""
    if field.acts is not None:
        return [_object({"field": name, "op": {"enum": list(BY_TYPE[field.type])}, "value": _acts(field.acts)})]
    value = dict(_VALUES[field.type])
    if field.type in {FieldType.CHOICE, FieldType.CHOICES, FieldType.CODES} and field.encode is None:
        value["enum"] = [code for code, _label in field.choices()]
    allowed = of(field)
    special = WITHOUT_VALUE | IN_DAYS | WITH_LIST | {Operator.BETWEEN}
    shapes = []
    if bare := [op for op in allowed if op in WITHOUT_VALUE]:
        shapes.append(_object({"field": name, "op": {"enum": bare}}))
    if single := [op for op in allowed if op not in special]:
        shapes.append(_object({"field": name, "op": {"enum": single}, "value": value}))
    if listed := [op for op in allowed if op in WITH_LIST]:
        many = {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_LIST}
        shapes.append(_object({"field": name, "op": {"enum": listed}, "value": many}))
    if Operator.BETWEEN in allowed:
        two = {"type": "array", "items": value, "minItems": 2, "maxItems": 2}
        shapes.append(_object({"field": name, "op": {"const": Operator.BETWEEN}, "value": two}))
    if field.type == FieldType.MOMENT:
        shapes.append(_object({"field": name, "op": {"enum": sorted(IN_DAYS)}, "value": _DAYS}))
    return shapes


def _acts(log: Acts) -> dict[str, Any]:
    properties = {
        "kind": {"type": "string", "enum": [code for code, _label in log.kinds()]},
        log.place_name: {"type": "string", "enum": [code for code, _label in log.places()]},
        "times": _TIMES,
        "days": _DAYS,
        "property": {"anyOf": [_renamed(shape) for shape in _comparisons({"type": "string", "minLength": 1}, _ANY)]},
    }
    return {"type": "object", "properties": properties, "required": ["kind"], "additionalProperties": False}


_ANY = Field("any", "", FieldType.PROPERTY, "")


def _renamed(shape: dict[str, Any]) -> dict[str, Any]:
    """Say "name" of a property where a comparison says "field"."""
    return _object({"name" if key == "field" else key: value for key, value in shape["properties"].items()})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
