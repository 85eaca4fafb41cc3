"""manage.py event_types: event types as files, to be kept in git.

Exits with 0 if all is done or nothing was to do, 1 if something was refused (then nothing was
changed), 2 if the folder or the call is wrong.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from events import queries, services
from events.errors import IncompatibleSchema
from events.event_types import InvalidFile, read_file, write_file
from events.event_types.files import SUFFIX
from events.management.actor import get_actor
from events.services import Plan

_MISUSE = 2


class Command(BaseCommand):
    help = "Write event types to a folder, a JSON file each, or read them from there."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        reading = verbs.add_parser("import", help="make the platform as the folder says")
        reading.add_argument(
            "--allow-incompatible",
            action="store_true",
            help="take schemas that may refuse payloads which matched",
        )
        writing = verbs.add_parser("export", help="make the folder as the platform is")
        for each, gone in ((reading, "event types without a file"), (writing, "other files")):
            each.add_argument("folder", type=Path)
            each.add_argument("--dry-run", action="store_true", help="only say what would change")
            each.add_argument("--prune", action="store_true", help=f"delete {gone}")

    def handle(self, *, verb: str, **options: Any) -> None:
        if verb == "import":
            self._import(options)
        else:
            self._export(options)

    def _import(self, options: dict[str, Any]) -> None:
        files = _files(options["folder"])
        if not files and options["prune"]:
            raise CommandError("The folder is empty: that would delete all.", returncode=_MISUSE)
        with transaction.atomic():
            plans = self._plan(files)
            self._refuse_incompatible(plans, options)
            gone = self._find_gone(plans) if options["prune"] else []
            if not options["dry_run"]:
                _apply(plans, gone, allow_incompatible=options["allow_incompatible"])
        self._summarize(len(plans), [plan for plan in plans if plan.action != "unchanged"], gone)
        if options["dry_run"]:
            self.stderr.write("This was a dry run: nothing is changed.")
        elif gone or any(plan.action != "unchanged" for plan in plans):
            self.stderr.write("It holds everywhere within 30 s.")

    def _plan(self, files: list[Path]) -> list[Plan]:
        plans, wrong = [], []
        for path in files:
            try:
                plans.append(services.plan_event_type(read_file(path)))
            except InvalidFile as error:
                wrong.append(str(error))
            except ValidationError as error:
                wrong += [
                    f"{path.name}: {part.removesuffix('_json')}: {message}"
                    for part, messages in error.message_dict.items()
                    for message in messages
                ]
        if wrong:
            raise CommandError("\n".join([*wrong, "Nothing was changed."]))
        return plans

    def _refuse_incompatible(self, plans: list[Plan], options: dict[str, Any]) -> None:
        unsafe = [plan for plan in plans if not plan.is_safe]
        for plan in unsafe:
            self.stderr.write(f"{plan.definition.name}: {plan.comparison}")
            for difference in plan.comparison.differences if plan.comparison else ():
                self.stderr.write(f"  {difference.pointer or 'schema'}: {difference.message}")
        if unsafe and not options["allow_incompatible"]:
            raise CommandError("Nothing was changed; --allow-incompatible takes it all the same.")

    def _find_gone(self, plans: list[Plan]) -> list[str]:
        named = {plan.definition.name for plan in plans}
        return [each.name for each in queries.read_definitions() if each.name not in named]

    def _summarize(self, count: int, plans: list[Plan], gone: list[str]) -> None:
        for plan in plans:
            parts = ", ".join(part.removesuffix("_json") for part in plan.changed)
            self.stdout.write(f"{plan.action}: {plan.definition.name}" + (parts and f" ({parts})"))
        for name in gone:
            self.stdout.write(f"deleted: {name}")
        self.stdout.write(f"{count} files, {len(plans)} changes, {len(gone)} deleted")

    def _export(self, options: dict[str, Any]) -> None:
        folder: Path = options["folder"]
        texts = {f"{each.name}{SUFFIX}": write_file(each) for each in queries.read_definitions()}
        if not options["dry_run"]:
            folder.mkdir(parents=True, exist_ok=True)
        others = [path for path in sorted(folder.glob(f"*{SUFFIX}")) if path.name not in texts]
        changed = [name for name in texts if _text_of(folder / name) != texts[name]]
        for name in changed:
            self.stdout.write(f"written: {name}")
            if not options["dry_run"]:
                (folder / name).write_text(texts[name])
        for path in others if options["prune"] else ():
            self.stdout.write(f"deleted: {path.name}")
            if not options["dry_run"]:
                path.unlink()
        self.stdout.write(f"{len(texts)} event types, {len(changed)} files changed")


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.", returncode=_MISUSE)
    return sorted(folder.glob(f"*{SUFFIX}"))


def _text_of(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _apply(plans: list[Plan], gone: list[str], *, allow_incompatible: bool) -> None:
    actor = get_actor()
    for plan in plans:
        name = plan.definition.name
        try:
            services.save_event_type(
                plan.definition, actor=actor, allow_incompatible=allow_incompatible
            )
        except IncompatibleSchema as error:
            raise CommandError(
                f"{name}: {error} Somebody has just changed it. Nothing was changed here; look at "
                "it with --dry-run."
            ) from error
    for name in gone:
        services.delete_event_type(name, actor=actor)
