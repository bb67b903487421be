"""What every table of an organisation is made of: its key, its row level security, its references.

Three nets hold tenants apart in the database (docs/decisions/0003-tenants.md): a forced row level
security policy without a way out, references that carry the organisation, and an application role that
owns nothing.
"""

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.db import models
from django.db.backends.ddl_references import Statement
from django.db.models import BaseConstraint
from django_rls_tenants.rls.constraints import RLSConstraint
from django_rls_tenants.rls.policy_sql import tenant_match_sql
from django_rls_tenants.tenants.managers import RLSManager

M_co = TypeVar("M_co", bound=models.Model, covariant=True)

if TYPE_CHECKING:
    # The library's manager is not generic: the type checker is told what it manages.
    class TenantManager(models.Manager[M_co]):
        """Querysets that carry the organisation in their own WHERE, or raise outside a scope."""
else:

    class TenantManager(RLSManager):
        """Querysets that carry the organisation in their own WHERE, or raise outside a scope."""


class OrganisationPolicy(RLSConstraint):
    """The library's policy without its `rls.is_admin` way out, and with one for the owner of the tables.

    The owner (migrations, SECURITY DEFINER functions) would otherwise be locked out by FORCE.
    """

    def __init__(self, *, name: str, field: str = "organisation", tenant_pk_type: str = "bigint", **rest: Any) -> None:
        super().__init__(name=name, field=field, tenant_pk_type=tenant_pk_type, **rest)

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        """Enable and force row level security with one policy for everybody and one for the owner."""
        return Statement(template="%(sql)s", sql=policy_sql(model._meta.db_table, self.field, self.guc_tenant_var))

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        """Drop both policies and switch row level security off."""
        table = model._meta.db_table
        return Statement(
            template="%(sql)s",
            sql=f'DROP POLICY IF EXISTS organisation ON "{table}"; DROP POLICY IF EXISTS owner ON "{table}";'
            f' ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY; ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY;',
        )


def policy_sql(table: str, field: str = "organisation", setting: str = "rls.current_tenant") -> str:
    """Return the DDL that puts one table under its organisation's policy."""
    match = tenant_match_sql(f"{field}_id", setting, "bigint")
    return (
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;'
        f' ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY;'
        f' CREATE POLICY organisation ON "{table}" USING ({match}) WITH CHECK ({match});'
        f' CREATE POLICY owner ON "{table}" TO CURRENT_USER USING (true) WITH CHECK (true)'
    )


class CompositeReference(BaseConstraint):
    """`(organisation_id, x_id)` references `(organisation_id, id)`: no row can point into another tenant.

    `on_delete` is what PostgreSQL does: "CASCADE", "RESTRICT" or "SET NULL" (of the reference alone).
    """

    def __init__(self, *, name: str, field: str, to: str, on_delete: str) -> None:
        super().__init__(name=name)
        self.field, self.to, self.on_delete = field, to, on_delete

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        """Wait until the table and its target's unique key exist."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the ALTER TABLE; checked at the end of the transaction, as Django's own are."""
        target = model._meta.apps.get_model(self.to)._meta.db_table
        column = model._meta.get_field(self.field).column
        action = f"SET NULL ({schema_editor.quote_name(column)})" if self.on_delete == "SET NULL" else self.on_delete
        return Statement(
            template="%(sql)s",
            sql=f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}"'
            f' FOREIGN KEY (organisation_id, "{column}") REFERENCES "{target}" (organisation_id, id)'
            f" ON DELETE {action} DEFERRABLE INITIALLY DEFERRED",
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the ALTER TABLE that drops the reference."""
        return Statement(template="%(sql)s", sql=f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"')

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: Any = None) -> None:
        """Leave it to the database."""

    def deconstruct(self) -> Any:
        """Return what a migration writes down."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "field": self.field, "to": self.to, "on_delete": self.on_delete}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CompositeReference) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.field, self.to, self.on_delete))


_ACTIONS: dict[Any, str] = {
    models.CASCADE: "CASCADE",
    models.SET_NULL: "SET NULL",
    models.PROTECT: "RESTRICT",
    models.DO_NOTHING: "NO ACTION",
}


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference between two tables of one organisation, composite in the database.

    Takes what ForeignKey takes. The index is left to the model's Meta, organisation first.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)

    def contribute_to_class(self, cls: Any, name: str, *args: Any, **kwargs: Any) -> None:
        """Add the composite constraint beside the field, where migrations find it."""
        super().contribute_to_class(cls, name, *args, **kwargs)
        if cls._meta.abstract or cls.__module__ == "__fake__":
            return
        to = self.remote_field.model
        label = to if isinstance(to, str) else to._meta.label
        if label == "self":
            label = cls._meta.label
        elif "." not in label:
            label = f"{cls._meta.app_label}.{label}"
        constraint = CompositeReference(
            name=f"{cls._meta.db_table}_{name}_ref"[:63],
            field=name,
            to=label,
            on_delete=_ACTIONS[self.remote_field.on_delete],
        )
        cls._meta.constraints = [*cls._meta.constraints, constraint]
        cls._meta.original_attrs["constraints"] = cls._meta.constraints

    def deconstruct(self) -> Any:
        """Keep db_constraint and db_index out of migrations: they follow from the class."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        if kwargs.get("db_index") is False:
            kwargs.pop("db_index")
        return name, path, args, kwargs


class TenantModel(models.Model):
    """A row that belongs to one organisation."""

    organisation = models.ForeignKey(
        "organisations.Organisation", models.CASCADE, related_name="+", db_index=False, editable=False
    )

    objects = TenantManager()

    class Meta:
        abstract = True
        constraints: ClassVar[list[BaseConstraint]] = [
            OrganisationPolicy(name="%(app_label)s_%(class)s_policy"),
            models.UniqueConstraint(fields=["organisation", "id"], name="%(app_label)s_%(class)s_key"),
        ]
