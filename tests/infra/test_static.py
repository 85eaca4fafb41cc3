"""What can be told of the configuration without applying it."""

import subprocess
from pathlib import Path

from tests.infra.terraform import TOOLS, Terraform
from tests.processes import ROOT

FOLDER = ROOT / "terraform"
# What checkov asks for and this platform does not do, with the reason.
SKIPPED_CHECKS = {
    "CKV_AWS_394": "three zones are taken, however many there are",
    "CKV_AWS_118": "CloudWatch's own minutes are enough for this small database",
    "CKV_AWS_161": "the password is RDS's own, rotated by it in Secrets Manager",
    "CKV_AWS_2": "port 80 redirects; checkov cannot see it through a dynamic block",
    "CKV_AWS_150": "it is protected, by a variable that checkov does not follow",
    "CKV_AWS_338": "retention is a variable; logs are for operating, not for audits",
    "CKV2_AWS_62": "nothing waits for objects in these buckets",
    "CKV_AWS_18": "the log bucket is where logs go, and releases are public within the account",
    "CKV2_AWS_31": "the firewall's samples and metrics are kept; full logs cost more than it",
    "CKV2_AWS_34": "settings are no secrets; secrets are in Secrets Manager",
    "CKV2_AWS_76": "known bad inputs are a rule; checkov cannot see it through a dynamic block",
    "CKV2_AWS_61": "both have one; checkov cannot see it through for_each",
    "CKV2_AWS_57": "SECRET_KEY is changed by hand, with SECRET_KEY_FALLBACKS for what it signed",
    "CKV_AWS_378": "TLS ends at the load balancer; its health checks are plain HTTP",
    "CKV_AWS_144": "releases can be built again, and logs expire",
    "CKV_AWS_145": "load balancers can write to AES256 only",
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_it_is_formatted() -> None:
    finished = run("terraform", "fmt", "-check", "-recursive", str(FOLDER))

    assert finished.returncode == 0, finished.stdout


def test_it_is_valid_and_passes_its_own_tests(tmp_path: Path) -> None:
    terraform = Terraform(tmp_path)

    assert "Success!" in terraform.run("validate")
    assert "0 failed" in terraform.run("test")


def test_it_passes_checkov_but_for_what_is_reasoned() -> None:
    finished = run(
        str(TOOLS / "checkov"),
        *("--directory", str(FOLDER), "--framework", "terraform"),
        *("--skip-download", "--quiet", "--compact"),
        *("--skip-check", ",".join(SKIPPED_CHECKS)),
    )

    assert finished.returncode == 0, finished.stdout
