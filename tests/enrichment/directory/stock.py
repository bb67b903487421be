"""Small stock files written by hand, in INSEE's columns and conventions."""

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.stock_files import ESTABLISHMENT_HEADER, UNIT_HEADER
from tests.operating import manage

UNIT = {
    "statutDiffusionUniteLegale": "O",
    "dateCreationUniteLegale": "1998-04-01",
    "trancheEffectifsUniteLegale": "12",
    "anneeEffectifsUniteLegale": "2023",
    "dateDernierTraitementUniteLegale": "2026-10-20T10:43:55",
    "categorieEntreprise": "PME",
    "etatAdministratifUniteLegale": "A",
    "categorieJuridiqueUniteLegale": "5710",
    "activitePrincipaleUniteLegale": "24.51Z",
    "nomenclatureActivitePrincipaleUniteLegale": "NAFRev2",
    "nicSiegeUniteLegale": "00018",
    "caractereEmployeurUniteLegale": "O",
    "activitePrincipaleNAF25UniteLegale": "24.51Y",
}
ESTABLISHMENT = {
    "statutDiffusionEtablissement": "O",
    "dateDernierTraitementEtablissement": "2026-10-18T08:00:00",
    "etablissementSiege": "true",
    "numeroVoieEtablissement": "12",
    "typeVoieEtablissement": "AV",
    "libelleVoieEtablissement": "DES FORGES",
    "codePostalEtablissement": "21400",
    "libelleCommuneEtablissement": "CHATILLON-SUR-SEINE",
    "codeCommuneEtablissement": "21154",
    "etatAdministratifEtablissement": "A",
}


def unit(siren: str, name: str = "", **values: str) -> dict[str, str]:
    """Return a row of StockUniteLegale; a value is given by the first word of its column."""
    return {"siren": siren, **UNIT, "denominationUniteLegale": name, **_named(values, UNIT_HEADER)}


def person(siren: str, first: str, last: str, **values: str) -> dict[str, str]:
    """Return a sole trader's row."""
    return unit(siren, "", prenomUsuel=first, nom=last, categorieJuridique="1000", trancheEffectifs="NN",
                caractereEmployeur="N", **values)  # fmt: skip


def establishment(siret: str, **values: str) -> dict[str, str]:
    """Return a row of StockEtablissement."""
    return {
        "siren": siret[:9], "nic": siret[9:], "siret": siret, **ESTABLISHMENT, **_named(values, ESTABLISHMENT_HEADER)
    }  # fmt: skip


def _named(values: dict[str, str], header: str) -> dict[str, str]:
    full = {
        name.removesuffix("UniteLegale").removesuffix("Etablissement"): name for name in reversed(header.split(","))
    }
    return {full.get(name, name): value for name, value in values.items()}


def write_units(folder: Path, rows: Iterable[dict[str, str]], **options: object) -> Path:
    """Write StockUniteLegale."""
    return _write(folder / "StockUniteLegale_utf8.csv", UNIT_HEADER, rows)


def write_establishments(folder: Path, rows: Iterable[dict[str, str]]) -> Path:
    """Write StockEtablissement."""
    return _write(folder / "StockEtablissement_utf8.csv", ESTABLISHMENT_HEADER, rows)


def _write(path: Path, header: str, rows: Iterable[dict[str, str]]) -> Path:
    names = header.split(",")
    lines = [",".join(_quoted(row.get(name, "")) for name in names) for row in rows]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def _quoted(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"' if "," in value or '"' in value else value


def zipped(path: Path) -> Path:
    """Pack a file as INSEE does."""
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    return packed


def command(*arguments: object) -> list[str]:
    """Return the command line of the loader."""
    return [sys.executable, "manage.py", "load_sirene", *map(str, arguments)]


def load_sirene(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run the loader as an operator does."""
    return manage("load_sirene", *arguments)
