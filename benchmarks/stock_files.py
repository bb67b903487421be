"""Stock files of SIRENE's shape, made up: all of INSEE's columns, the real mix of persons, closed and private units."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from enrichment.directory.columns import STREETS

UNIT_HEADER = (
    "siren,statutDiffusionUniteLegale,unitePurgeeUniteLegale,dateCreationUniteLegale,sigleUniteLegale,sexeUniteLegale,"
    "prenom1UniteLegale,prenom2UniteLegale,prenom3UniteLegale,prenom4UniteLegale,prenomUsuelUniteLegale,"
    "pseudonymeUniteLegale,identifiantAssociationUniteLegale,trancheEffectifsUniteLegale,anneeEffectifsUniteLegale,"
    "dateDernierTraitementUniteLegale,nombrePeriodesUniteLegale,categorieEntreprise,anneeCategorieEntreprise,dateDebut,"
    "etatAdministratifUniteLegale,nomUniteLegale,nomUsageUniteLegale,denominationUniteLegale,"
    "denominationUsuelle1UniteLegale,denominationUsuelle2UniteLegale,denominationUsuelle3UniteLegale,"
    "categorieJuridiqueUniteLegale,activitePrincipaleUniteLegale,nomenclatureActivitePrincipaleUniteLegale,"
    "nicSiegeUniteLegale,economieSocialeSolidaireUniteLegale,societeMissionUniteLegale,caractereEmployeurUniteLegale,"
    "activitePrincipaleNAF25UniteLegale"
)
_ADDRESS = (
    *("complementAdresse", "numeroVoie", "indiceRepetition", "dernierNumeroVoie", "indiceRepetitionDernierNumeroVoie"),
    *("typeVoie", "libelleVoie", "codePostal", "libelleCommune", "libelleCommuneEtranger", "distributionSpeciale"),
    *("codeCommune", "codeCedex", "libelleCedex", "codePaysEtranger", "libellePaysEtranger"),
)
ESTABLISHMENT_HEADER = ",".join(
    (
        *("siren", "nic", "siret", "statutDiffusionEtablissement", "dateCreationEtablissement"),
        *("trancheEffectifsEtablissement", "anneeEffectifsEtablissement"),
        *("activitePrincipaleRegistreMetiersEtablissement", "dateDernierTraitementEtablissement", "etablissementSiege"),
        *("nombrePeriodesEtablissement", *(f"{name}Etablissement" for name in _ADDRESS)),
        *("identifiantAdresseEtablissement", "coordonneeLambertAbscisseEtablissement"),
        *("coordonneeLambertOrdonneeEtablissement",),
        *(
            f"{name}2Etablissement"
            for name in _ADDRESS
            if name not in {"dernierNumeroVoie", "indiceRepetitionDernierNumeroVoie"}
        ),
        *("dateDebut", "etatAdministratifEtablissement", "enseigne1Etablissement", "enseigne2Etablissement"),
        *("enseigne3Etablissement", "denominationUsuelleEtablissement", "activitePrincipaleEtablissement"),
        *("nomenclatureActivitePrincipaleEtablissement", "caractereEmployeurEtablissement"),
        *("activitePrincipaleNAF25Etablissement",),
    )
)
FIRST = ("MARIE", "THIERRY", "HELENE", "KARIM", "ELODIE", "THOMAS", "NADIA", "YANIS", "CLAIRE", "PASCAL", "AGNES")
TRADES = (
    *("FONDERIES", "ATELIERS", "MENUISERIE", "BOULANGERIE", "TRANSPORTS", "GARAGE", "CABINET", "CONSEIL", "SERVICES"),
    *("IMMOBILIER", "MECANIQUE", "ELECTRICITE", "PLOMBERIE", "PHARMACIE", "COMPTOIR", "LOGISTIQUE", "FORMATION"),
    *("INFORMATIQUE", "COIFFURE", "MACONNERIE", "DISTRIBUTION", "INGENIERIE", "AMBULANCES", "PAYSAGES", "VERGERS"),
)
FORMS = ("", "", "", "SARL ", "SAS ", "SCI ", "EURL ")
LEGAL = ("5710", "5499", "6540", "9220", "5599", "6599", "5785")
CODES = ("62.01Z", "62.02A", "70.22Z", "68.20B", "43.22A", "47.11F", "56.10A", "86.21Z", "49.41A", "24.51Z", "96.02A")
BANDS = ("NN", "NN", "NN", "NN", "00", "01", "02", "03", "11", "12", "21", "22", "31")
SYLLABLES = (
    "BAR",
    "LO",
    "VEN",
    "TI",
    "MOR",
    "CHA",
    "REL",
    "DU",
    "PIN",
    "GAU",
    "SER",
    "NI",
    "COL",
    "FA",
    "MEL",
    "TRO",
    "VI",
)


@dataclass(frozen=True)
class Made:
    """A company of the files, for questions about it."""

    siren: str
    name: str
    postcode: str


def write_stock(
    folder: Path, size: int, *, seed: int = 7, sample_every: int = 7, most: int = 5000
) -> tuple[Path, Path, list[Made]]:
    """Write both files with so many units; return their paths and some companies of them, at most so many."""
    chosen = random.Random(seed)
    surnames = ["".join(chosen.choices(SYLLABLES, k=3)) for _ in range(20_000)]
    postcodes = [f"{d:02}{n:02}0" for d in range(1, 96) if d != 20 for n in range(60)]
    units, establishments = folder / "StockUniteLegale_utf8.csv", folder / "StockEtablissement_utf8.csv"
    made: list[Made] = []
    with (
        units.open("w", encoding="utf-8", buffering=1 << 20) as one,
        establishments.open("w", encoding="utf-8", buffering=1 << 20) as other,
    ):
        one.write(UNIT_HEADER + "\n")
        other.write(ESTABLISHMENT_HEADER + "\n")
        for number in range(size):
            unit, places, company = _rows(chosen, number, surnames, postcodes)
            one.write(unit)
            other.writelines(places)
            if company and len(made) < most and number % sample_every == 0:
                made.append(company)
    return units, establishments, made


def _rows(
    chosen: random.Random, number: int, surnames: list[str], postcodes: list[str]
) -> tuple[str, Iterator[str], Made | None]:
    dice = chosen.random
    siren = f"{300_000_000 + number * 37 % 699_999_999:09}"
    nic = f"{int(dice() * 3) + 1:04}{int(dice() * 10)}"
    person, private, active = dice() < 0.56, dice() < 0.12, dice() < 0.5
    state, code, band = "A" if active else "C", CODES[int(dice() * len(CODES))], BANDS[int(dice() * len(BANDS))]
    born = f"{1970 + int(dice() * 56)}-{1 + int(dice() * 12):02}-{1 + int(dice() * 28):02}"
    changed = f"2026-10-{1 + int(dice() * 28):02}T10:43:55"
    postcode = postcodes[int(dice() * len(postcodes))]
    first, last, name, usual, sign, initials = "", "", "", "", "", ""
    if private:
        first = last = "[ND]" if person else ""
        name = "" if person else f"{surnames[number % 20_000]} {number}"
    elif person:
        first, last = FIRST[int(dice() * 11)], surnames[int(dice() * 20_000)]
    else:
        trade, other = TRADES[int(dice() * 25)], surnames[int(dice() * 20_000)]
        name = (
            f"{FORMS[int(dice() * 7)]}{trade} {other} {surnames[int(dice() * 20_000)] if dice() < 0.5 else 'ET FILS'}"
        )
        usual = f"{trade[:5]} {other}" if dice() < 0.05 else ""
        initials = trade[:1] + other[:2] if dice() < 0.05 else ""
    if dice() < 0.12 and not private:
        sign = f"{TRADES[int(dice() * 25)]} {surnames[int(dice() * 20_000)]}"
    form = "1000" if person else LEGAL[int(dice() * 7)]
    status = "P" if private else "O"
    unit = (
        f"{siren},{status},,{born},{initials},{'M' if person else ''},{first},,,,{first},,,{band},"
        f"{'2023' if band != 'NN' else ''},{changed},2,{'PME' if active else ''},2023,2018-02-07,{state},{last},,"
        f"{name},{usual},,,{form},{code},NAFRev2,{nic},,,{'O' if band[0] in '123' else 'N'},{code[:4]}0Y\n"
    )
    count = 1 if dice() < 0.7 else 2
    places = (
        _place(
            siren, "90001" if place else nic, postcode, sign, is_head=not place, is_active=active, is_private=private
        )
        for place in range(count)
    )
    wanted = active and not person and not private
    return unit, places, Made(siren, name, postcode) if wanted else None


def _place(siren: str, nic: str, postcode: str, sign: str, *, is_head: bool, is_active: bool, is_private: bool) -> str:
    number, way, street = int(nic) % 90 + 1, ("RUE", *STREETS)[int(nic) % 12], "DE LA REPUBLIQUE"
    address = ",[ND],,,,[ND],[ND]" if is_private else f",{number},,,,{way},{street}"
    blank = "," * 13
    return (
        f"{siren},{nic},{siren}{nic},{'P' if is_private else 'O'},1998-04-01,NN,,,2026-10-20T08:00:00,"
        f"{'true' if is_head else 'false'},2,{address},{postcode},VILLE {postcode[:3]},,,{postcode},,,,,"
        f"{siren}_B,651234.5,6861234.2,{blank},2018-02-07,{'A' if is_active else 'F'},{sign},,,,"
        "62.01Z,NAFRev2,N,62.10Y\n"
    )
