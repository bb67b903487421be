"""A register on loopback that answers as "API Recherche d'entreprises" does, and fails as it is told to.

The companies are invented. What it imitates: `q` of 9 or 14 digits is a lookup that ignores filters; an unknown
number is 200 with no result; errors are `{"erreur": ...}`; `minimal` and `include`; masks of private units.
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

BLOCKS = {"siege", "dirigeants", "finances", "complements", "matching_etablissements", "tva"}
MASK = "[NON-DIFFUSIBLE]"
Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    at: float
    params: dict[str, str]
    user_agent: str


@dataclass(frozen=True)
class Fault:
    """What to answer instead of the truth. `seconds`: wait first; `drop`: close without an answer."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    drop: bool = False


@dataclass
class Register:
    """The register's companies, what it was asked, and the faults it will commit next."""

    url: str = ""
    companies: dict[str, Json] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    # Committed at every request, after the queue.
    lasting_fault: Fault | None = None
    # How long an answer takes.
    seconds: float = 0.0

    def add(self, *companies: Json) -> None:
        """Enter companies."""
        self.companies.update({one["siren"]: one for one in companies})

    def fail(self, *faults: Fault) -> None:
        """Answer the next requests so."""
        self.faults.extend(faults)

    def questions(self) -> list[str]:
        """Return the `q` of each request."""
        return [one.params.get("q", "") for one in self.asked]

    def answer(self, params: dict[str, str]) -> tuple[int, Json]:
        """Answer a search."""
        query = params.get("q", "")
        if params.get("include") and params.get("minimal") != "true":
            return 400, {"erreur": "Veuillez indiquer si vous souhaitez une réponse minimale."}
        postcode = params.get("code_postal", "")
        if postcode and not re.fullmatch(r"(0[1-9]|[1-8]\d|9[0-8]|2A|2B)\d{3}", postcode):
            return 400, {"erreur": "Au moins une valeur du paramètre code_postal est non valide."}
        digits = query.replace(" ", "")
        if re.fullmatch(r"\d{9}|\d{14}", digits):
            found = [one for one in self.companies.values() if _has_number(one, digits)]
        elif len(query) < 3:
            return 400, {"erreur": "3 caractères minimum pour les termes de la requête"}
        else:
            found = [one for one in self.companies.values() if _matches(one, query, postcode)]
        per_page = int(params.get("per_page", "10"))
        page = [_shape(one, params, digits, postcode) for one in found[:per_page]]
        return 200, {"results": page, "total_results": len(found), "page": 1, "per_page": per_page, "total_pages": 1}


def _has_number(company: Json, digits: str) -> bool:
    if len(digits) == 9:
        return bool(company["siren"] == digits)
    return any(one.get("siret") == digits for one in (company["siege"], *company["matching_etablissements"]))


def _matches(company: Json, query: str, postcode: str) -> bool:
    names = " ".join(str(company.get(key) or "") for key in ("nom_complet", "nom_raison_sociale", "sigle")).lower()
    places = (company["siege"], *company["matching_etablissements"])
    return any(word in names for word in query.lower().split()) and (
        not postcode or any(one.get("code_postal") == postcode for one in places)
    )


def _shape(company: Json, params: dict[str, str], digits: str, postcode: str) -> Json:
    kept = dict(company)
    establishments = [company["siege"], *company["matching_etablissements"]]
    if len(digits) == 14:
        kept["matching_etablissements"] = [one for one in establishments if one.get("siret") == digits]
    elif re.fullmatch(r"\d{9}", digits):
        kept["matching_etablissements"] = []
    else:
        kept["matching_etablissements"] = [
            one for one in establishments if not postcode or one.get("code_postal") == postcode
        ]
    if params.get("minimal") == "true":
        wanted = set(params.get("include", "").split(","))
        kept = {key: value for key, value in kept.items() if key not in BLOCKS or key in wanted}
    return kept


def establishment(siret: str, **values: Any) -> Json:
    """Return an establishment: open, in Nantes, unless told otherwise."""
    return {
        "siret": siret,
        "adresse": "12 RUE DES CARMES 44000 NANTES",
        "cedex": None,
        "code_postal": "44000",
        "commune": "44109",
        "libelle_commune": "NANTES",
        "departement": "44",
        "region": "52",
        "etat_administratif": "A",
        "caractere_employeur": "O",
        "liste_enseignes": None,
        "nom_commercial": None,
        "statut_diffusion_etablissement": "O",
        "est_siege": siret.endswith("00012"),
        **values,
    }


def company(siren: str, name: str | None, **values: Any) -> Json:
    """Return a company as the register has it: an open SAS of 20 to 49 people in Nantes, unless told otherwise."""
    described: Json = {
        "siren": siren,
        "nom_complet": name,
        "nom_raison_sociale": name,
        "sigle": None,
        "nombre_etablissements": 1,
        "nombre_etablissements_ouverts": 1,
        "siege": establishment(f"{siren}00012"),
        "activite_principale": "62.01Z",
        "activite_principale_naf25": "62.10Y",
        "section_activite_principale": "J",
        "categorie_entreprise": "PME",
        "annee_categorie_entreprise": "2023",
        "caractere_employeur": None,
        "tranche_effectif_salarie": "12",
        "annee_tranche_effectif_salarie": "2023",
        "date_creation": "2009-04-17",
        "date_fermeture": None,
        "date_mise_a_jour": "2026-05-17T10:09:16",
        "etat_administratif": "A",
        "nature_juridique": "5710",
        "statut_diffusion": "O",
        "dirigeants": [{"type_dirigeant": "personne physique", "nom": "INVENTEE", "prenoms": "ALIX"}],
        "matching_etablissements": [],
        "finances": None,
        "complements": {"est_association": False, "est_entrepreneur_individuel": False},
        "tva": None,
    }
    return {**described, **values}


@contextmanager
def serving(register: Register) -> Iterator[None]:
    """Serve the register on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            params = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            register.asked.append(Asked(time.monotonic(), params, self.headers.get("User-Agent", "")))
            fault = register.faults.popleft() if register.faults else register.lasting_fault
            time.sleep(fault.seconds if fault else register.seconds)
            if fault is not None and fault.drop:
                self.close_connection = True
                return
            if fault is not None and (fault.status != 200 or fault.body):
                self._send(fault.status, fault.body.encode(), fault.headers)
                return
            if urlsplit(self.path).path != "/search":
                self._send(404, json.dumps({"erreur": "Ressource non trouvée."}).encode(), {})
                return
            status, content = register.answer(params)
            self._send(status, json.dumps(content).encode(), {})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            try:
                self.send_response(status)
                for name, value in {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(body)),
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                # The client gave up, as it should when we are slow on purpose.
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Keep test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    register.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
