"""What erasing somebody does to files of audiences."""

from django.utils import timezone

from contacts.audiences.models import AudienceFile, AudienceMember, AudiencePiece, FileKind, Platform
from contacts.audiences.platforms import hash_email
from contacts.rights.registry import Whom


def forget_files_of(whom: Whom) -> int:
    """Remove the bytes of files in which one of these people stands; return of how many.

    Removal files stay: they are how a platform is told.
    """
    hashes = {hash_email(platform, address) for address in whom.addresses for platform in Platform.values}
    if not hashes:
        return 0
    members = AudienceMember.objects.filter(organisation=whom.organisation, email_hash__in=hashes)
    kept = AudienceFile.objects.filter(
        organisation=whom.organisation, kind=FileKind.ADD, forgotten_at=None, pk__in=members.values("file")
    )
    ids = list(kept.values_list("pk", flat=True))
    AudiencePiece.objects.filter(file__in=ids).delete()
    AudienceFile.objects.filter(pk__in=ids).update(forgotten_at=timezone.now())
    # No platform was told of them by a file nobody took.
    members.filter(file__downloads=0).delete()
    return len(ids)
