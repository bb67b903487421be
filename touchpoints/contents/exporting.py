"""The library as rows of a file."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from contacts.exporting import harmless
from prm.organisations.models import Organisation
from touchpoints.contents import figures
from touchpoints.contents.models import Content
from touchpoints.contents.queries import Row, rows_of
from touchpoints.contents.tokens import public_url


def table_of(organisation: Organisation, contents: Iterable[Content]) -> Iterator[list[str]]:
    """Yield contents with their figures, the first row naming the columns."""
    readings, ways = figures.get_readings(organisation).value, figures.get_ways(organisation).value
    yield [
        *(_("Title"), _("Kind"), _("Theme"), _("Written for"), _("Language"), _("Owner"), _("Form before it")),
        *(_("Address"), _("Public address"), _("Contacts who read it"), _("Others who read it")),
        *(_("Median time, in seconds"), _("Downloads"), _("Part in conversions, in percent")),
    ]
    for row in rows_of(list(contents), readings, ways):
        yield [harmless(cell) for cell in _cells(row)]


def _cells(row: Row) -> list[str]:
    one, read = row.content, row.readings
    return [
        one.title,
        one.get_kind_display(),
        one.theme.name,
        one.get_stage_display(),
        one.language,
        str(one.owner) if one.owner else "",
        one.form.name if one.form else "",
        one.url,
        public_url(one),
        str(read.known),
        str(read.anonymous),
        "" if read.median_seconds is None else str(round(read.median_seconds)),
        str(read.downloads),
        f"{row.effect.share:.1f}" if row.effect.ways.is_conclusive else "",
    ]
