"""Blueprints: one folder a system, with its agents, tools, policies and goal templates."""

from __future__ import annotations

from importlib import import_module

INSTALLED = ("freight",)


def register_installed() -> None:
    """Import every installed blueprint, which registers its tools and handlers."""
    for name in INSTALLED:
        import_module(f"orchestration.blueprints.{name}")
