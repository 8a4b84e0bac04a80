"""The workbench for Jupyter: a form of plain questions, and the board that answers it.

The only package here that imports ipywidgets; ``import blackletter`` does not reach it.
"""

from __future__ import annotations

from .decide import Change, Inputs, View, decide
from .predict import Predict
from .workbench import Workbench

__all__ = ["Change", "Inputs", "Predict", "View", "Workbench", "decide"]
