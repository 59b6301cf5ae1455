"""An earlier run as a table, before it is run again."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from glance_deploy import __version__
from glance_deploy.history import command, where
from glance_deploy.journal import Past, when
from glance_deploy.ui import MARKS
from glance_deploy.words import said, seconds


def show(past: Past, console: Console) -> None:
    """Tell what a run did and what is left of it."""
    how = f"was stopped {where(past)}" if past.was_stopped else f"ended with {past.exit_code}: {past.message}"
    by = "" if past.version == __version__ else f" of glance-deploy {past.version}"
    console.print(Text(f"The run of {when(past.began)} on {past.place}{by} {how}."))
    table = Table.grid(padding=(0, 2))
    for cell in ("", "bold", "", "cyan"):
        table.add_column(style=cell, no_wrap=True, justify="right" if cell == "cyan" else "left")
    for row in _rows(past):
        table.add_row(*row)
    console.print(table)
    console.print(Text(f"Now again: {command(past)}", style="dim"))


def _rows(past: Past) -> Iterator[tuple[Text, str, str, str]]:
    for stage in past.stages:
        if stage is past.at:
            task = stage.tasks[-1].name if stage.tasks else "its beginning"
            yield Text("✗", style="bold red"), stage.name, f"stopped at: {task}", seconds(past.ended - stage.began)
        elif stage.tasks:
            mark, style = MARKS[stage.outcome]
            yield Text(mark, style=style), stage.name, said(stage), seconds(stage.seconds or 0)
    for name in past.left:
        yield Text("·", style="dim"), name, "left", ""
