"""Peers that answer a whole population at once, and the machine's limit: the same rules as one fused loop in C."""

from __future__ import annotations

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from .rules import RuleList, bare, opposite, token

PERIOD = "2017-06"


class OpenFisca:
    """OpenFisca-core: a boolean variable with a formula for each definition, over persons."""

    name, needs = "OpenFisca-core, boolean variables", "openfisca_core"

    def __init__(self, rules: RuleList) -> None:
        from openfisca_core.entities import build_entity
        from openfisca_core.taxbenefitsystems import TaxBenefitSystem

        self.rules = rules
        person = build_entity(key="person", plural="persons", label="A row", is_person=True)
        self.system = TaxBenefitSystem([person])
        for word in rules.inputs:
            self.system.add_variable(_variable(word, person, None))
        for d in rules.definitions:
            self.system.add_variable(_variable(d.name, person, _formula(d.kind, d.args)))

    def answers(self, columns: dict[str, Any]) -> list[Any]:
        """A column of booleans for each output."""
        from openfisca_core.simulations import SimulationBuilder

        simulation = SimulationBuilder().build_default_simulation(self.system, len(columns[self.rules.inputs[0]]))
        for word in self.rules.inputs:
            simulation.set_input(word, PERIOD, columns[word])
        found = (simulation.calculate(bare(o), PERIOD) for o in self.rules.outputs)
        return [~f if o[0] == "~" else f for o, f in zip(self.rules.outputs, found, strict=True)]


def _variable(word: str, entity: Any, formula: Any) -> Any:
    from openfisca_core.periods import DateUnit
    from openfisca_core.variables import Variable

    body = {"value_type": bool, "entity": entity, "definition_period": DateUnit.MONTH, "label": word}
    return type(word, (Variable,), {**body, **({"formula": formula} if formula else {})})


def _formula(kind: str, args: tuple[str, ...]) -> Any:
    fold = np.logical_and if kind == "all" else np.logical_or

    def formula(person: Any, period: Any) -> Any:
        return functools.reduce(fold, (~person(bare(a), period) if a[0] == "~" else person(a, period) for a in args))

    return formula


class Machine:
    """The rules as one loop in C over planes, four words at a time, made by the compiler on this machine.

    Nothing is called, dispatched or stored between rules, so it is about what the machine can do at all. With
    ``unknowns`` there are two planes a word, as in our kernel.
    """

    name = "a fused loop in C"

    def __init__(self, rules: RuleList, unknowns: bool) -> None:
        self.ins = [token(a, d) for a in rules.inputs for d in ((False, True) if unknowns else (False,))]
        if unknowns:
            self.outs = [t for o in rules.tokens for t in (o, opposite(o))]
            lines = [f"V {h} = {_fold(b, kind)};" for h, b, kind in _both_rails(rules)]
        else:
            self.outs = list(rules.outputs)
            lines = [f"V {d.name} = {f' {_SIGNS[d.kind]} '.join(map(_c, d.args))};" for d in rules.definitions]
        loads = [f"V {t if unknowns else t[1:]} = in[{n}][i];" for n, t in enumerate(self.ins)]
        stores = [f"out[{n}][i] = {_c(t)};" for n, t in enumerate(self.outs)]
        self.run = _compiled(_SOURCE % "\n    ".join(loads + lines + stores))

    def answers(self, planes: dict[str, Any]) -> Any:
        """A plane for each of ``outs``, from a plane for each of ``ins``, whose length is a multiple of 4 words."""
        ins = [planes[t] for t in self.ins]
        out = np.empty((len(self.outs), len(ins[0])), dtype=np.uint64)
        self.run(_pointers(ins), _pointers(list(out)), len(ins[0]) // 4)
        return out


_SIGNS = {"all": "&", "any": "|"}
_SOURCE = """
typedef unsigned long long V __attribute__((vector_size(32), aligned(8)));
void run(const V **in, V **out, long n) {
  for (long i = 0; i < n; i++) {
    %s
  }
}
"""


def _c(signed: str) -> str:
    return f"~{bare(signed)}" if signed[0] == "~" else signed


def _fold(body: tuple[str, ...], kind: str) -> str:
    return f" {_SIGNS[kind]} ".join(body)


def _both_rails(rules: RuleList) -> list[tuple[str, tuple[str, ...], str]]:
    found = []
    for d in rules.definitions:
        shown, refuted = tuple(map(token, d.args)), tuple(token(a, True) for a in d.args)
        other = "any" if d.kind == "all" else "all"
        found += [(f"p{d.name}", shown, d.kind), (f"n{d.name}", refuted, other)]
    return found


def compiler() -> str | None:
    """The C compiler of this machine, if it has one."""
    return shutil.which("cc") or shutil.which("gcc")


def _compiled(source: str) -> Any:
    found = compiler()
    assert found is not None
    with tempfile.TemporaryDirectory() as folder:
        text, library = Path(folder) / "rules.c", Path(folder) / "rules.so"
        text.write_text(source)
        command = [found, "-O2", "-march=native", "-shared", "-fPIC", "-o", str(library), str(text)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own text, made above
        return ctypes.CDLL(str(library)).run


def _pointers(planes: list[Any]) -> Any:
    return (ctypes.c_void_p * len(planes))(*(p.ctypes.data for p in planes))
