"""The loader on real files, as an operator runs it; the application's plain role reads what it made."""

import os
import signal
import subprocess
import time
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from enrichment.models import DirectoryCompany, DirectoryEstablishment, DirectoryLoad
from tests.database import ROOT, owner_connection
from tests.enrichment.directory.conftest import ESTABLISHMENTS, UNITS
from tests.enrichment.directory.stock import (
    command,
    establishment,
    load_sirene,
    unit,
    write_establishments,
    write_units,
    zipped,
)
from tests.operating import owner_environment


def test_both_files_become_companies_with_places(directory: DirectoryLoad) -> None:
    company = DirectoryCompany.objects.get(siren="732829320")

    assert (company.name, company.acronym, company.trading_names) == (
        "FONDERIES DU VAL D'OURCE", "FVO", ["LA VAGUE", "VAL FONTE"],
    )  # fmt: skip
    assert (company.nic, company.address, company.postcode, company.city) == (
        "00018", "12 AVENUE DES FORGES", "21400", "CHATILLON-SUR-SEINE",
    )  # fmt: skip
    assert (company.department, company.commune, company.open_establishments) == ("21", "21154", 2)
    assert (company.naf_code, company.naf_nomenclature, company.naf2025_code) == ("24.51Z", "naf2", "24.51Y")
    assert (company.headcount_band, company.headcount_year, company.is_employer) == ("12", "2023", True)
    assert (company.legal_form, company.category, company.founded_on) == ("5710", "PME", date(1998, 4, 1))
    assert {"=fonderies du val d ource", "=fvo", "=val fonte", "=la vague", "p29200", "d29", "p21400", "d21"} <= set(
        company.search
    )
    assert (directory.as_of, directory.companies, directory.establishments, directory.rejected) == (
        date(2026, 10, 20), 8, 9, 0,
    )  # fmt: skip
    assert directory.files == ["StockUniteLegale_utf8.csv", "StockEtablissement_utf8.csv"]


def test_hidden_values_are_flagged_and_never_stored(directory: DirectoryLoad) -> None:
    hidden = DirectoryCompany.objects.get(siren="300025772")

    assert (hidden.is_private, hidden.name, hidden.address, hidden.postcode) == (True, "", "", "")
    assert (hidden.city, hidden.department, hidden.search) == ("PARIS 11", "75", ["d75"])
    legal_person = DirectoryCompany.objects.get(siren="300025780")
    assert (legal_person.is_private, legal_person.name, legal_person.acronym) == (True, "NUAGES ET PONTS", "")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM directory.company c, directory.establishment e WHERE c::text LIKE '%[ND]%'"
            " OR e::text LIKE '%[ND]%' OR e::text LIKE '%SUPPRESSION%'"
        )
        assert cursor.fetchone() == (0,)


def test_conventions_of_the_register_are_read(directory: DirectoryLoad) -> None:
    mill = DirectoryCompany.objects.get(siren="300025798")
    closed = DirectoryCompany.objects.get(siren="552100554")

    assert (mill.founded_on, mill.department, mill.headcount_band) == (None, "2B", "NN")
    assert (closed.is_active, closed.naf_code, closed.naf_nomenclature) == (False, "51.4A", "naf1")
    assert (closed.open_establishments, closed.postcode) == (0, "56100")
    assert DirectoryCompany.objects.get(siren="404833048").address == "59-61 RUE DE SIAM"
    assert DirectoryCompany.objects.get(siren="300025764").name == "CAMILLE MARCHETTI"


def test_zipped_files_say_the_same_and_replace_what_is_loaded(directory: DirectoryLoad, tmp_path: Path) -> None:
    units = zipped(write_units(tmp_path, [*UNITS, unit("300025814", "VERGERS DU PIN")]))

    done = load_sirene(units)

    assert done.returncode == 0, done.stderr
    assert "Needs up to" in done.stdout
    assert "Loaded 9 companies and 0 establishments, as of 2026-10-20; 0 rows could not be used." in done.stdout
    assert DirectoryEstablishment.objects.count() == 0
    assert DirectoryCompany.objects.get(siren="732829320").open_establishments is None


def test_what_was_asked_for_alone_is_kept(empty: None, committed: None, tmp_path: Path) -> None:
    units, places = write_units(tmp_path, UNITS), write_establishments(tmp_path, ESTABLISHMENTS)

    def kept(*options: str) -> tuple[list[str], int]:
        done = load_sirene(units, places, *options)
        assert done.returncode == 0, done.stderr
        return (
            sorted(DirectoryCompany.objects.values_list("siren", flat=True)),
            DirectoryEstablishment.objects.count(),
        )

    assert kept("--department", "29") == (["404833048", "732829320"], 2)
    assert kept("--naf", "62", "--naf", "24.51Z") == (["300025764", "300025772", "300025780", "732829320"], 5)
    assert kept("--active-only", "--department", "56", "--department", "2b") == (["300025798"], 1)
    assert "552100554" not in kept("--active-only")[0]
    assert DirectoryLoad.objects.get().filters == {"active_only": True, "naf": [], "departments": []}


def test_bad_rows_are_told_by_line_and_reason_and_the_others_loaded(
    empty: None, committed: None, tmp_path: Path
) -> None:
    units = write_units(
        tmp_path, [UNITS[0], unit("12345", "SANS NUMERO"), UNITS[1], UNITS[1] | {"nicSiegeUniteLegale": "22"}]
    )
    lines = units.read_bytes().splitlines(keepends=True)
    lines.insert(3, b'short,row,"never closed\n')
    lines.insert(4, lines[1].replace(b"732829320", b"300025814").replace(b"FVO", b"F\xe9O"))
    units.write_bytes(b"".join(lines))
    rejects = tmp_path / "rejects.csv"

    done = load_sirene(units, "--rejects", rejects)

    assert done.returncode == 0, done.stderr
    assert "Loaded 2 companies" in done.stdout
    assert "3 rows could not be used" in done.stdout
    assert rejects.read_text().splitlines() == [
        "file,line,reason",
        "StockUniteLegale_utf8.csv,3,siren is not nine digits",
        "StockUniteLegale_utf8.csv,4,1 columns instead of 35",
        "StockUniteLegale_utf8.csv,5,characters that are not UTF-8",
    ]
    assert "StockUniteLegale_utf8.csv, line 3: siren is not nine digits" in done.stderr
    # The later row of a number that stands twice counts.
    assert DirectoryCompany.objects.get(siren="404833048").nic == "00022"


def test_columns_are_found_by_name_and_new_ones_do_no_harm(empty: None, committed: None, tmp_path: Path) -> None:
    units = write_units(tmp_path, UNITS[:1])
    header, row = units.read_text().splitlines()
    order = [*reversed(range(35))]
    mixed = [
        ",".join([line.split(",")[place] for place in order] + [extra])
        for line, extra in ((header, "nouvelle"), (row, "x"))
    ]
    units.write_text("\ufeff" + "\n".join(mixed) + "\n", encoding="utf-8")

    assert load_sirene(units).returncode == 0
    assert DirectoryCompany.objects.get().name == "FONDERIES DU VAL D'OURCE"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>502</body></html>", "is a web page, not data"),
        (b"\x1f\x8b\x08\x00rest", "compressed with gzip"),
        (b"PK\x03\x04rest of a zip that was cut off", "no whole zip file"),
        (b"name,city\nSolvane,Brest\n", "neither StockUniteLegale nor StockEtablissement"),
        (b"siren;denominationUniteLegale\n1;2\n", "separated by semicolons"),
        (b"PAR1rest", "parquet"),
    ],
)
def test_a_file_that_lies_is_refused_and_changes_nothing(
    directory: DirectoryLoad, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "liar.csv"
    path.write_bytes(content)

    done = load_sirene(path)

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert DirectoryLoad.objects.get() == directory
    assert DirectoryCompany.objects.count() == 8


def test_missing_columns_history_and_cut_files_are_refused(directory: DirectoryLoad, tmp_path: Path) -> None:
    units = write_units(tmp_path, UNITS)
    whole = units.read_bytes()

    def refused(content: bytes, *options: str) -> str:
        units.write_bytes(content)
        done = load_sirene(units, *options)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stderr

    assert "lacks columns of StockUniteLegale: nicSiegeUniteLegale" in refused(whole.replace(b"nicSiege", b"nic", 1))
    assert "past periods" in refused(whole.replace(b"dateDebut", b"dateFin", 1))
    assert "ends in the middle of line 9" in refused(whole[:-90])
    assert "No company is left" in refused(whole, "--naf", "99")
    assert "--department needs StockEtablissement" in refused(whole, "--department", "29")
    assert "There is no département 99" in refused(whole, "--department", "99")
    assert "StockUniteLegale is needed" in load_sirene(write_establishments(tmp_path, ESTABLISHMENTS)).stderr
    units.write_bytes(whole)
    packed = zipped(units)
    damaged = bytearray(packed.read_bytes())
    damaged[200] ^= 0xFF
    packed.write_bytes(bytes(damaged))
    done = load_sirene(packed)
    assert (done.returncode, "is damaged" in done.stderr) == (1, True)
    assert DirectoryLoad.objects.get() == directory


def test_the_application_may_read_the_directory_and_nothing_more(directory: DirectoryLoad) -> None:
    for statement in (
        "INSERT INTO directory.company (siren) VALUES ('1')",
        "UPDATE directory.company SET name = ''",
        "DELETE FROM directory.load",
        "TRUNCATE directory.establishment",
        "DROP TABLE directory.company",
        "CREATE TABLE directory.mine (id int)",
        "ALTER SCHEMA directory RENAME TO mine",
    ):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
            connection.cursor().execute(statement)
    assert DirectoryCompany.objects.count() == 8


def many_units(folder: Path, count: int) -> Path:
    return write_units(folder, (unit(f"{300000000 + number}", f"ATELIER {number}") for number in range(count)))


def test_a_loader_killed_in_the_middle_goes_on_and_readers_see_the_old_directory_meanwhile(
    directory: DirectoryLoad, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    units = zipped(many_units(folder, 20_000))
    places = write_establishments(folder, (establishment(f"{300000000 + number}00018") for number in range(20_000)))
    arguments = (units, places, "--block-bytes", "10000")
    seen = _kill_when(arguments, "SELECT lines FROM directory_next.note WHERE file LIKE '%.zip %' AND lines > 2000")
    assert 2000 < seen < 20_001
    assert DirectoryCompany.objects.count() == 8

    seen_again = _kill_when(
        arguments, "SELECT lines FROM directory_next.note WHERE file LIKE '%.csv %' AND lines > 2000"
    )
    assert 2000 < seen_again < 20_001

    done = load_sirene(*arguments)

    assert done.returncode == 0, done.stderr
    assert "StockEtablissement_utf8.csv: going on after line" in done.stderr
    assert "Loaded 20,000 companies and 20,000 establishments" in done.stdout
    assert DirectoryCompany.objects.count() == 20_000
    assert DirectoryEstablishment.objects.values("siret").distinct().count() == 20_000
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'directory%' ORDER BY 1")
        assert cursor.fetchall() == [("directory",)]
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE schemaname = 'directory'")
        assert cursor.fetchone() == (6,)


def test_a_converter_ended_from_outside_ends_the_load_in_words_and_it_goes_on(
    empty: None, committed: None, tmp_path: Path
) -> None:
    units = many_units(tmp_path, 20_000)
    arguments = (units, "--block-bytes", "10000", "--processes", "2")
    seen, said = _end_a_converter(arguments)
    assert 2000 < seen < 20_001
    assert "A process that converts rows was ended from outside" in said
    assert "--processes 1" in said
    assert "Traceback" not in said
    assert DirectoryCompany.objects.count() == 0

    done = load_sirene(*arguments)

    assert done.returncode == 0, done.stderr
    assert "going on after line" in done.stderr
    assert DirectoryCompany.objects.values("siren").distinct().count() == 20_000


def test_another_file_of_the_same_name_begins_anew(empty: None, committed: None, tmp_path: Path) -> None:
    units = many_units(tmp_path, 20_000)
    _kill_when((units, "--block-bytes", "10000"), "SELECT lines FROM directory_next.note WHERE lines > 1000")
    many_units(tmp_path, 300)

    done = load_sirene(units)

    assert "going on after line" not in done.stderr
    assert "Loaded 300 companies" in done.stdout


def _end_a_converter(arguments: tuple[object, ...]) -> tuple[int, str]:
    """Run the loader, kill one of its converting processes in the middle; return how far it was, and what it said."""
    running = subprocess.Popen(
        command(*arguments),
        cwd=ROOT,
        env=owner_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    seen = _wait_for(running, "SELECT lines FROM directory_next.note WHERE lines > 2000")
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    converters = [int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]
    assert len(converters) == 2
    os.kill(converters[0], signal.SIGKILL)
    said = running.communicate(timeout=60)[1]
    assert running.returncode == 1
    return seen, said


def _kill_when(arguments: tuple[object, ...], statement: str) -> int:
    """Run the loader, kill it with -9 once the statement finds a number, and return that."""
    running = subprocess.Popen(
        command(*arguments), cwd=ROOT, env=owner_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    seen = _wait_for(running, statement)
    running.send_signal(signal.SIGKILL)
    running.wait()
    return seen


def _wait_for(running: "subprocess.Popen[Any]", statement: str) -> int:
    """Wait until the statement finds a number while the loader runs, and return that."""
    deadline = time.monotonic() + 120
    with owner_connection(settings.DATABASES["default"]["NAME"]) as owner:
        while time.monotonic() < deadline and running.poll() is None:
            found = None
            # Not there yet, or not any more.
            with suppress(psycopg.errors.UndefinedTable):
                found = owner.execute(statement).fetchone()
            if found:
                return int(found[0])
            time.sleep(0.01)
        running.kill()
    raise AssertionError("the loader was never seen in the middle")


def test_two_loaders_do_not_meet(directory: DirectoryLoad, tmp_path: Path) -> None:
    units = write_units(tmp_path, UNITS)
    with owner_connection(settings.DATABASES["default"]["NAME"]) as owner:
        owner.execute("SELECT pg_advisory_lock(71805)")
        done = load_sirene(units)

    assert (done.returncode, "Another load_sirene is running" in done.stderr) == (1, True)


def test_a_zip_with_more_than_one_file_is_refused(empty: None, committed: None, tmp_path: Path) -> None:
    packed = tmp_path / "two.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "siren\n")
        archive.writestr("b.csv", "siren\n")

    assert "holds 2 CSV files" in load_sirene(packed).stderr
