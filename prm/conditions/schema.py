"""The stored form of conditions as a JSON Schema (draft 2020-12), for those who write models in files."""

from typing import Any

from prm.conditions.documents import MAX_LIST, MAX_TEXT
from prm.conditions.fields import Field, FieldType, Vocabulary
from prm.conditions.operators import BY_TYPE, WITHOUT_VALUE, Operator

_VALUES: dict[FieldType, dict[str, Any]] = {
    FieldType.TEXT: {"type": "string", "minLength": 1, "maxLength": MAX_TEXT},
    FieldType.NUMBER: {"type": "number"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.CHOICE: {"type": "string", "minLength": 1},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.PROPERTY: {"type": ["string", "number", "boolean"]},
}


def condition_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the schema of conditions over one vocabulary."""
    node = {"$ref": "#/$defs/condition"}
    nodes = {"type": "array", "items": node, "minItems": 1}
    comparisons = [shape for one in vocabulary.fields.values() for shape in _comparisons({"const": one.name}, one)]
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
    value = dict(_VALUES[field.type])
    if field.type == FieldType.CHOICE and field.encode is None:
        value["enum"] = [code for code, _label in field.choices()]
    allowed = BY_TYPE[field.type]
    single = [op for op in allowed if op not in WITHOUT_VALUE and op not in {Operator.IN, Operator.BETWEEN}]
    shapes = [
        _object({"field": name, "op": {"enum": single}, "value": value}),
        _object({"field": name, "op": {"enum": [op for op in allowed if op in WITHOUT_VALUE]}}),
    ]
    if Operator.IN in allowed:
        many = {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_LIST}
        shapes.append(_object({"field": name, "op": {"const": Operator.IN}, "value": many}))
    if Operator.BETWEEN in allowed:
        two = {"type": "array", "items": value, "minItems": 2, "maxItems": 2}
        shapes.append(_object({"field": name, "op": {"const": Operator.BETWEEN}, "value": two}))
    return shapes


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
