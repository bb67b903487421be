"""What a new organisation starts with: each app adds its own when it is loaded."""

from collections.abc import Callable

from prm.organisations.models import Organisation

HOOKS: list[Callable[[Organisation], None]] = []


def on_new_organisation(hook: Callable[[Organisation], None]) -> None:
    """Register what an app gives a new organisation; called from AppConfig.ready, in the order of INSTALLED_APPS."""
    if hook not in HOOKS:
        HOOKS.append(hook)


def run_hooks(organisation: Organisation) -> None:
    """Give a new organisation its start; its scope is open and a transaction runs."""
    for hook in HOOKS:
        hook(organisation)
