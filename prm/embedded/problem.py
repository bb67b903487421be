"""The one error of this package: something a person has to put right."""


class CannotStartError(Exception):
    """Why PRM cannot start and what to do about it, in words; shown without a traceback."""
