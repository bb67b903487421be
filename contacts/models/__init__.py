"""The tables of this app; each file beside this one holds those of one subject."""

from contacts.models.exports import Export, ExportChunk, ExportFormat, ExportSubject
from contacts.models.imports import (
    Import,
    ImportChange,
    ImportChunk,
    ImportMapping,
    ImportMode,
    ImportReject,
    ImportSubject,
    ImportTrace,
)
from contacts.models.lawfulness import LawfulBasis, Suppression, SuppressionReason
from contacts.models.people import Cause, Company, Contact, Stage, StageChange, Standing, Tier

__all__ = [
    "Cause",
    "Company",
    "Contact",
    "Export",
    "ExportChunk",
    "ExportFormat",
    "ExportSubject",
    "Import",
    "ImportChange",
    "ImportChunk",
    "ImportMapping",
    "ImportMode",
    "ImportReject",
    "ImportSubject",
    "ImportTrace",
    "LawfulBasis",
    "Stage",
    "StageChange",
    "Standing",
    "Suppression",
    "SuppressionReason",
    "Tier",
]
