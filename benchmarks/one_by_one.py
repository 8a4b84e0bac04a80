"""Peers that answer one row at a time. Each is built from a rule list; ``answer(row)`` gives the truth of its outputs.

``unknowns`` says whether a peer was given the positive program, in which an unknown is neither true nor false; the
others were given the rules with negation, as their users write them, and take complete rows.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from .rules import Answer, Row, RuleList, bare, read_tokens, told


class Peer:
    """An engine with the rules in it."""

    name: ClassVar[str]
    needs: ClassVar[str | None] = None
    unknowns: ClassVar[bool] = False

    def __init__(self, rules: RuleList) -> None:
        self.rules = rules

    def answer(self, row: Row) -> Answer:
        raise NotImplementedError

    def read(self, held: Any) -> Answer:
        """The answer when exactly the words in ``held`` hold."""
        return tuple((bare(o) in held) == (o[0] != "~") for o in self.rules.outputs)


class Plain(Peer):
    """The rules written out as one Python function, a line for each: what one would write without an engine."""

    name = "plain Python, a line a rule"

    def __init__(self, rules: RuleList) -> None:
        super().__init__(rules)
        lines = [f"    {a} = row['{a}']" for a in rules.inputs]
        lines += [
            f"    {d.name} = {f' {_WORDS[d.kind]} '.join(map(_python, d.args))}" for d in rules.definitions
        ]  # fmt: skip
        lines += [f"    return ({', '.join(map(_python, rules.outputs))},)"]
        self.answer = _module("def answer(row):\n" + "\n".join(lines) + "\n").answer  # type: ignore[method-assign]


_WORDS = {"all": "and", "any": "or"}


def _python(signed: str) -> str:
    return f"not {bare(signed)}" if signed[0] == "~" else signed


def _module(text: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "written_out.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location("written_out", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


class RuleEngine(Peer):
    """rule-engine: an expression a rule, each rule's result put where later rules can read it."""

    name, needs = "rule-engine", "rule_engine"

    def __init__(self, rules: RuleList) -> None:
        super().__init__(rules)
        import rule_engine

        context = rule_engine.Context(type_resolver=None)
        self.compiled = [
            (d.name, rule_engine.Rule(f" {_WORDS[d.kind]} ".join(map(_python, d.args)), context=context))
            for d in rules.definitions
        ]

    def answer(self, row: Row) -> Answer:
        known = dict(row)
        for name, rule in self.compiled:
            known[name] = rule.matches(known)
        return self.read({word for word, value in known.items() if value})


class ClingoFresh(Peer):
    """clingo: rules and row in one program, grounded and solved for each row."""

    name, needs = "clingo, a fresh program a row", "clingo"

    def __init__(self, rules: RuleList) -> None:
        super().__init__(rules)
        self.text = _asp(rules.clauses, "~")

    def answer(self, row: Row) -> Answer:
        return self.read(self.model("".join(f"{a}." for a, value in row.items() if value)))

    def model(self, facts: str) -> set[str]:
        """The words of the one answer set."""
        import clingo

        control = clingo.Control(["--warn=none"])
        control.add("base", [], self.text + facts)
        control.ground([("base", [])])
        return _only_model(control)


def _asp(clauses: Any, denial: str) -> str:
    bodies = ((head, ", ".join(a.replace(denial, "not ") if denial else a for a in body)) for head, body in clauses)
    return "".join(f"{head} :- {body}.\n" for head, body in bodies)


def _only_model(control: Any) -> set[str]:
    with control.solve(yield_=True) as handle:
        return {str(symbol) for model in handle for symbol in model.symbols(atoms=True)}


class ClingoFreshUnknowns(ClingoFresh):
    """As `ClingoFresh`, with the positive program."""

    unknowns = True

    def __init__(self, rules: RuleList) -> None:
        super().__init__(rules)
        self.text = _asp(rules.horn, "")

    def answer(self, row: Row) -> Answer:
        return read_tokens(self.rules, self.model("".join(f"{t}." for t in told(row))))


class ClingoOnce(Peer):
    """clingo: grounded once with the inputs as externals, which each row sets before solving."""

    name, needs = "clingo, ground once", "clingo"

    def __init__(self, rules: RuleList) -> None:
        super().__init__(rules)
        self.control = self.grounded(_asp(rules.clauses, "~"), rules.inputs)
        self.places = [(a, self.symbol(a)) for a in rules.inputs]

    def grounded(self, text: str, externals: Any) -> Any:
        """A control with the program in it."""
        import clingo

        control = clingo.Control(["--warn=none"])
        control.add("base", [], text + "".join(f"#external {a}.\n" for a in externals))
        control.ground([("base", [])])
        return control

    def symbol(self, word: str) -> Any:
        """The engine's name of a word."""
        import clingo

        return clingo.Function(word)

    def answer(self, row: Row) -> Answer:
        for a, symbol in self.places:
            self.control.assign_external(symbol, row[a])
        return self.read(_only_model(self.control))


class ClingoOnceUnknowns(ClingoOnce):
    """As `ClingoOnce`, with the positive program."""

    unknowns = True

    def __init__(self, rules: RuleList) -> None:
        Peer.__init__(self, rules)
        tokens = [sign + a for a in rules.inputs for sign in "pn"]
        self.control = self.grounded(_asp(rules.horn, ""), tokens)
        self.places = [(t, self.symbol(t)) for t in tokens]

    def answer(self, row: Row) -> Answer:
        given = set(told(row))
        for t, symbol in self.places:
            self.control.assign_external(symbol, t in given)
        return read_tokens(self.rules, _only_model(self.control))


class Clips(Peer):
    """CLIPS through clipspy: a rule a clause, deeper rules of lower salience so that negation is read in time."""

    name, needs = "clipspy, negation by salience", "clips"

    def __init__(self, rules: RuleList) -> None:
        super().__init__(rules)
        self.environment = _clips()
        self.environment.build("(deftemplate holds (slot word))")
        for n, (head, body) in enumerate(rules.clauses):
            self.environment.build(_clips_rule(n, head, body, rules.depth[head]))

    def answer(self, row: Row) -> Answer:
        return self.read(self.run(a for a, value in row.items() if value))

    def run(self, words: Any) -> set[str]:
        """The words that hold once every rule has fired."""
        environment = self.environment
        environment.reset()
        template = environment.find_template("holds")
        for word in ("start", *words):
            template.assert_fact(word=_symbol(word))
        environment.run()
        return {str(fact["word"]) for fact in template.facts()}


def _clips() -> Any:
    import clips

    return clips.Environment()


def _symbol(word: str) -> Any:
    import clips

    return clips.Symbol(word)


def _clips_rule(number: int, head: str, body: Any, depth: int) -> str:
    tests = "".join(f"(not (holds (word {bare(a)})))" if a[0] == "~" else f"(holds (word {a}))" for a in body)
    declared = f"(declare (salience {-depth})) (holds (word start))"
    return f"(defrule r{number} {declared} {tests} => (assert (holds (word {head}))))"


class ClipsUnknowns(Clips):
    """As `Clips`, with the positive program, where salience does not matter."""

    name = "clipspy"
    unknowns = True

    def __init__(self, rules: RuleList) -> None:
        Peer.__init__(self, rules)
        self.environment = _clips()
        self.environment.build("(deftemplate holds (slot word))")
        for n, (head, body) in enumerate(rules.horn):
            self.environment.build(_clips_rule(n, head, body, 0))

    def answer(self, row: Row) -> Answer:
        return read_tokens(self.rules, self.run(told(row)))


COMPLETE: tuple[type[Peer], ...] = (Plain, RuleEngine, ClingoOnce, ClingoFresh, Clips)
UNKNOWN: tuple[type[Peer], ...] = (ClingoOnceUnknowns, ClingoFreshUnknowns, ClipsUnknowns)


def installed(module: str | None) -> bool:
    """Whether a peer's library can be imported."""
    return module is None or module in sys.modules or importlib.util.find_spec(module) is not None
