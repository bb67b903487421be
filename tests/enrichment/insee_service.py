"""A service on loopback that answers as INSEE's API Sirene 3.11 does, and fails as it is told to.

The companies are invented. What it imitates: a key in a header; one unit, one establishment, searches by `q` (GET, or
POST as a form); an unknown number and an empty search are 404 with INSEE's own body; a duplicate is 301; "[ND]" masks;
names and state of a unit stand in its periods, and flat in its establishments.
"""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.enrichment.register import Fault

Json = dict[str, Any]
MASK = "[ND]"
KEY = "11111111-2222-3333-4444-555555555555"
PERIODICAL = (
    *("nomUniteLegale", "nomUsageUniteLegale", "denominationUniteLegale", "denominationUsuelle1UniteLegale"),
    *("categorieJuridiqueUniteLegale", "activitePrincipaleUniteLegale", "nomenclatureActivitePrincipaleUniteLegale"),
    *("nicSiegeUniteLegale", "etatAdministratifUniteLegale", "caractereEmployeurUniteLegale"),
)


@dataclass(frozen=True)
class Call:
    """One request as it came in."""

    at: float
    method: str
    path: str
    fields: dict[str, str]
    key: str


@dataclass
class Service:
    """What INSEE knows, what it was asked, and the faults it will commit next."""

    url: str = ""
    keys: set[str] = field(default_factory=lambda: {KEY})
    units: dict[str, Json] = field(default_factory=dict)
    places: dict[str, Json] = field(default_factory=dict)
    # Numbers that gave way to another.
    doubles: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    lasting_fault: Fault | None = None
    # Sent with every answer, as a gateway does.
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, unit: Json, *places: Json) -> None:
        """Enter a unit with its establishments."""
        self.units[unit["siren"]] = unit
        self.places.update({one["siret"]: one for one in places})

    def fail(self, *faults: Fault) -> None:
        """Answer the next requests so."""
        self.faults.extend(faults)

    def paths(self) -> list[str]:
        """Return what was asked, each as its path with its `q`."""
        return [f"{one.path}?{one.fields['q']}" if "q" in one.fields else one.path for one in self.calls]

    def answer(self, path: str, fields: dict[str, str]) -> tuple[int, Json | str, dict[str, str]]:
        """Answer a request that carries a key."""
        parts = re.fullmatch(r"/(siren|siret)(?:/(\w+))?", path)
        if parts is None:
            return 404, "<html>no such API</html>", {}
        kind, number = parts[1], parts[2] or ""
        if number and not re.fullmatch(r"\d{9}" if kind == "siren" else r"\d{14}", number):
            return 400, _header(400, f"Erreur de syntaxe dans le paramètre {kind}={number}"), {}
        if number in self.doubles:
            return 301, "Unité légale fermée pour cause de doublon", {"Location": f"{path[:7]}{self.doubles[number]}"}
        if number:
            return self._one(kind, number)
        return self._search(kind, fields.get("q", ""), int(fields.get("nombre", "20")))

    def _one(self, kind: str, number: str) -> tuple[int, Json, dict[str, str]]:
        known = self.units if kind == "siren" else self.places
        if number not in known:
            return 404, _header(404, f"Aucun élément trouvé pour le {kind} {number}"), {}
        name = "uniteLegale" if kind == "siren" else "etablissement"
        shown = known[number] if kind == "siren" else self._placed(known[number])
        return 200, {**_header(200, "ok"), name: shown}, {}

    def _search(self, kind: str, query: str, most: int) -> tuple[int, Json, dict[str, str]]:
        terms = [_term(one) for one in query.split(" AND ")]
        if not query or None in terms:
            return 400, _header(400, f"Erreur de syntaxe dans le paramètre q={query}"), {}
        found = [
            one
            for one in (self.units if kind == "siren" else self.places).values()
            if all(self._holds(one, *term) for term in terms if term)
        ]
        if not found:
            return 404, _header(404, f"Aucun élément trouvé pour q={query}"), {}
        shown = found[:most] if kind == "siren" else [self._placed(one) for one in found[:most]]
        name = "unitesLegales" if kind == "siren" else "etablissements"
        header = {**_header(200, "OK")["header"], "total": len(found), "debut": 0, "nombre": len(shown)}
        return 200, {"header": header, name: shown}, {}

    def _holds(self, one: Json, name: str, values: list[str]) -> bool:
        if name == "siren":
            return one["siren"] in values
        if name == "etablissementSiege":
            return str(one["etablissementSiege"]).lower() in values
        if name == "codePostalEtablissement":
            return one["adresseEtablissement"]["codePostalEtablissement"] in values
        unit = self._flat(one["siren"])
        words = " ".join(str(unit.get(key) or "") for key in ("denominationUniteLegale", "nomUniteLegale")).lower()
        return values[0].lower() in re.split(r"\W+", words)

    def _placed(self, place: Json) -> Json:
        return {**place, "uniteLegale": self._flat(place["siren"])}

    def _flat(self, siren: str) -> Json:
        unit = self.units[siren]
        flat = {key: value for key, value in unit.items() if key not in {"siren", "periodesUniteLegale"}}
        return {**flat, **{key: unit["periodesUniteLegale"][0].get(key) for key in PERIODICAL}}


def _header(status: int, message: str) -> Json:
    return {"header": {"statut": status, "message": message}}


def _term(text: str) -> tuple[str, list[str]] | None:
    """Read "field:value" or "field:(a OR b)"; None for what INSEE would not take."""
    name, _colon, value = text.partition(":")
    if name not in {"siren", "etablissementSiege", "codePostalEtablissement", "raisonSociale"}:
        return None
    listed = re.fullmatch(r"\((.+)\)", value)
    values = listed[1].split(" OR ") if listed else [value]
    return (name, values) if all(re.fullmatch(r"\w+", one) for one in values) else None


def unit(siren: str, name: str | None, *, periods: list[Json] | None = None, **values: Any) -> Json:
    """Return a legal unit as `/siren` has it: an open SAS of 20 to 49 people, unless told otherwise."""
    period = {
        "dateFin": None,
        "dateDebut": "2018-01-01",
        "etatAdministratifUniteLegale": "A",
        "changementEtatAdministratifUniteLegale": False,
        "nomUniteLegale": None,
        "nomUsageUniteLegale": None,
        "denominationUniteLegale": name,
        "denominationUsuelle1UniteLegale": None,
        "categorieJuridiqueUniteLegale": "5710",
        "activitePrincipaleUniteLegale": "62.01Z",
        "nomenclatureActivitePrincipaleUniteLegale": "NAFRev2",
        "nicSiegeUniteLegale": "00012",
        "caractereEmployeurUniteLegale": "O",
        **{key: value for key, value in values.items() if key in PERIODICAL},
    }
    described: Json = {
        "siren": siren,
        "statutDiffusionUniteLegale": "O",
        "unitePurgeeUniteLegale": None,
        "dateCreationUniteLegale": "2009-04-17",
        "sigleUniteLegale": None,
        "prenom1UniteLegale": None,
        "prenomUsuelUniteLegale": None,
        "trancheEffectifsUniteLegale": "12",
        "anneeEffectifsUniteLegale": "2023",
        "categorieEntreprise": "PME",
        "activitePrincipaleNAF25UniteLegale": "62.10Y",
        **{key: value for key, value in values.items() if key not in PERIODICAL},
    }
    return {**described, "periodesUniteLegale": [{**period, **one} for one in periods or [{}]]}


def place(siret: str, **values: Any) -> Json:
    """Return an establishment: the open head office in Nantes, unless told otherwise."""
    period = {
        "dateFin": None,
        "dateDebut": "2018-01-01",
        "etatAdministratifEtablissement": "A",
        "enseigne1Etablissement": None,
        "denominationUsuelleEtablissement": None,
        "activitePrincipaleEtablissement": "62.01Z",
        "nomenclatureActivitePrincipaleEtablissement": "NAFRev2",
        "caractereEmployeurEtablissement": "O",
    }
    address = {
        "complementAdresseEtablissement": None,
        "numeroVoieEtablissement": "12",
        "indiceRepetitionEtablissement": None,
        "dernierNumeroVoieEtablissement": None,
        "typeVoieEtablissement": "RUE",
        "libelleVoieEtablissement": "DES CARMES",
        "codePostalEtablissement": "44000",
        "libelleCommuneEtablissement": "NANTES",
        "codeCommuneEtablissement": "44109",
    }
    described: Json = {
        "siren": siret[:9],
        "nic": siret[9:],
        "siret": siret,
        "statutDiffusionEtablissement": "O",
        "etablissementSiege": siret.endswith("00012"),
    }
    own = {key: value for key, value in values.items() if key not in address and key not in period}
    return {
        **described,
        **own,
        "adresseEtablissement": {**address, **{key: value for key, value in values.items() if key in address}},
        "periodesEtablissement": [{**period, **{key: value for key, value in values.items() if key in period}}],
    }


@contextmanager
def serving(service: Service) -> Iterator[None]:
    """Serve on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(parts.path, dict(parse_qsl(parts.query)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._answer(urlsplit(self.path).path, dict(parse_qsl(body.decode())))

        def _answer(self, path: str, fields: dict[str, str]) -> None:
            key = self.headers.get("X-INSEE-Api-Key-Integration", "")
            service.calls.append(Call(time.monotonic(), self.command, path, fields, key))
            fault = service.faults.popleft() if service.faults else service.lasting_fault
            time.sleep(fault.seconds if fault else service.seconds)
            if fault is not None and fault.drop:
                self.close_connection = True
            elif fault is not None and (fault.status != 200 or fault.body):
                self._send(fault.status, fault.body, fault.headers)
            elif key not in service.keys:
                self._send(401, '{"message": "Unauthorized"}', {})
            else:
                status, content, headers = service.answer(path, fields)
                body = content if isinstance(content, str) else json.dumps(content)
                self._send(status, body, {**service.headers, **headers})

        def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
            content = body.encode()
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                # The client gave up, as it should when we are slow on purpose.
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Keep test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
