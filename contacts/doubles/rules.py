"""What merging does to the tables of the room of contacts."""

from contacts.doubles.models import Alias, ChangedContact, Key, Merge, Pair
from contacts.doubles.registry import drop, leave, move, move_one
from contacts.models import ImportChange, StageChange, Standing, Suppression
from contacts.segments.models import SegmentDue, SegmentMember, TouchedContact


def register_rules() -> None:
    """Say it; called from AppConfig.ready."""
    move(StageChange)
    # The survivor's act is the later of both; scores are worked out anew.
    drop(Standing)
    # Whoever opted out or bounced stays so, whichever of them it was. A second row of a reason keeps its address.
    move_one(Suppression, one_of=("reason",), instead="contact_id = NULL", unless="t.address_key = ''")
    # What an import changed of somebody who is not there any more cannot be undone field by field.
    drop(ImportChange)
    move_one(SegmentMember, one_of=("segment",), among="t.left_at IS NULL")
    leave(SegmentDue)
    leave(TouchedContact)
    leave(ChangedContact)
    leave(Key)
    drop(Pair, "low")
    drop(Pair, "high")
    move(Merge)
    move(Alias)
