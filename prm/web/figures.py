"""Figures, amounts and moments as the reader's language writes them."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

NARROW = "\u202f"
NO_BREAK = "\u00a0"
MINUS = "\u2212"

Number = int | float | Decimal | str


def figure(value: Number | None, decimals: int = 1, *, signed: bool = False) -> str:
    """Return a number with grouped thousands and at most `decimals` decimals, without trailing zeros.

    None and what is no number give a dash. The minus is a real one; `signed` adds a plus.
    """
    number = _decimal(value)
    if number is None:
        return "–"
    rounded = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if rounded == rounded.to_integral_value():
        rounded = rounded.quantize(Decimal(1))
    elif decimals:
        rounded = rounded.normalize()
    text = formats.number_format(abs(rounded), use_l10n=True, force_grouping=True)
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if signed and rounded > 0 else text


def percent(value: Number | None, decimals: int = 1, *, signed: bool = False) -> str:
    """Return a percentage; `value` is in percent, 0-100."""
    if _decimal(value) is None:
        return "–"
    unit = f"{NARROW}%" if is_french() else "%"
    return figure(value, decimals, signed=signed) + unit


def ratio(value: Number | None, decimals: int = 1) -> str:
    """Return a share as a percentage; `value` is 0-1."""
    number = _decimal(value)
    return "–" if number is None else percent(number * 100, decimals)


def points(value: Number | None, *, signed: bool = False) -> str:
    """Return points of a score with their unit: "42 pts"."""
    number = _decimal(value)
    if number is None:
        return "–"
    text = figure(number, 1, signed=signed)
    many = 2 if abs(number) >= 2 or (not is_french() and abs(number) != 1) else 1
    return text + NARROW + npgettext("points of a score", "pt", "pts", many)


def money(cents: Number | None, currency: str = "EUR") -> str:
    """Return an amount given in cents; whole amounts show no decimals."""
    number = _decimal(cents)
    if number is None:
        return "–"
    whole = number % 100 == 0
    text = formats.number_format(abs(number) / 100, decimal_pos=0 if whole else 2, use_l10n=True, force_grouping=True)
    symbol = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency, currency)
    amount = f"{text}{NARROW}{symbol}" if is_french() else f"{symbol}{text}"
    return MINUS + amount if number < 0 else amount


def siren(value: str | None) -> str:
    """Return a SIREN as 3 3 3, a SIRET as 3 3 3 5; anything else as it is."""
    digits = "".join((value or "").split())
    if not digits.isdigit() or len(digits) not in {9, 14}:
        return value or ""
    return NARROW.join(part for part in (digits[:3], digits[3:6], digits[6:9], digits[9:]) if part)


def phone(value: str | None) -> str:
    """Return a French telephone number as it is read aloud, "06 79 11 42 85"; one of elsewhere as it is."""
    compact = "".join((value or "").split())
    if len(compact) != 12 or not compact.startswith("+33") or not compact[1:].isdecimal():
        return value or ""
    digits = f"0{compact[3:]}"
    return NARROW.join(digits[start : start + 2] for start in range(0, 10, 2))


def duration(seconds: Number | None) -> str:
    """Return a length of time by its two largest units: "7 min 46 s", "1 h 05", "3 d 4 h"; no line breaks within."""
    return _duration(seconds).replace(" ", NO_BREAK)


def _duration(seconds: Number | None) -> str:
    number = _decimal(seconds)
    if number is None:
        return "–"
    total = int(number)
    minutes, second = divmod(total, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if total < 60:
        return _("%(n)d s") % {"n": total}
    if minutes < 60:
        return (
            _("%(m)d min %(s)02d s") % {"m": minutes, "s": second} if minutes < 10 else _("%(m)d min") % {"m": minutes}
        )
    if hours < 48:
        return _("%(h)d h %(m)02d") % {"h": hours, "m": minute} if hours < 24 or minute else _("%(h)d h") % {"h": hours}
    text = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    return text + (" " + _("%(h)d h") % {"h": hour} if hour and days < 7 else "")


def day(value: date | datetime, *, year: bool | None = None) -> str:
    """Return a short date, with its year when it is not the current one (or as `year` says)."""
    local = _local_date(value)
    with_year = local.year != timezone.localdate().year if year is None else year
    month = formats.date_format(local, "N" if is_french() else "M")
    text = f"{_day_number(local)} {month}"
    return f"{text} {local.year}" if with_year else text


def long_day(value: date | datetime) -> str:
    """Return a date in full: "mardi 17 novembre 2026"."""
    local = _local_date(value)
    return f"{formats.date_format(local, 'l')} {_day_number(local)} {formats.date_format(local, 'F Y')}"


def clock(value: datetime) -> str:
    """Return the time of day in the reader's zone: "08:14"."""
    return timezone.localtime(value).strftime("%H:%M")


def moment(value: datetime) -> str:
    """Return date and time, short: "12 nov. 2026 18:42"."""
    return f"{day(value, year=True)} {clock(value)}"


def exact(value: datetime) -> str:
    """Return the instant to the second with its zone, for a tooltip."""
    local = timezone.localtime(value)
    return f"{long_day(value)} {local.strftime('%H:%M:%S')} ({local.tzname()})"


def ago(value: datetime, now: datetime | None = None) -> str:
    """Return how far a moment is, as people say it; days and more as a date."""
    now = now or timezone.now()
    if value > now:
        return _ahead(value, now)
    minutes = int((now - value).total_seconds() // 60)
    days = (timezone.localtime(now).date() - timezone.localtime(value).date()).days
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("%(n)s min ago") % {"n": minutes}
    if days == 0 or minutes < 360:
        return _("%(n)s h ago") % {"n": minutes // 60}
    if days == 1:
        return _("yesterday %(time)s") % {"time": clock(value)}
    return day(value)


def _ahead(value: datetime, now: datetime) -> str:
    minutes = int((value - now + timedelta(seconds=59)).total_seconds() // 60)
    days = (timezone.localtime(value).date() - timezone.localtime(now).date()).days
    if minutes < 60:
        return _("in %(n)s min") % {"n": minutes}
    if days == 0 or minutes < 360:
        return _("in %(n)s h") % {"n": minutes // 60}
    if days == 1:
        return _("tomorrow %(time)s") % {"time": clock(value)}
    return day(value)


def is_french() -> bool:
    """Tell whether the reader reads French."""
    return (translation.get_language() or "fr").startswith("fr")


def _day_number(value: date) -> str:
    return "1er" if value.day == 1 and is_french() else str(value.day)


def _local_date(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _decimal(value: Number | None) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None
