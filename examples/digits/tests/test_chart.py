"""Tests of the chart. They use the helm on PATH or in the variable HELM."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml
from training_runs import EXAMPLE

HELM = os.environ.get("HELM") or shutil.which("helm")
VALUES = {"model": {"name": "digits", "version": "3", "mlflowUri": "http://mlflow:5000"}}


def render(values: dict) -> subprocess.CompletedProcess:
    """Runs `helm template` with one generated values file, like helm-deploy."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "values.json"
        file.write_text(json.dumps(values))
        return subprocess.run(
            [HELM, "template", "shop", str(EXAMPLE / "chart"), "--values", str(file)],
            capture_output=True,
            text=True,
            timeout=60,
        )


def deployment(values: dict) -> dict:
    """Returns the pod spec of the rendered Deployment."""
    rendered = render(values)
    if rendered.returncode != 0:
        raise AssertionError(rendered.stderr)
    documents = [document for document in yaml.safe_load_all(rendered.stdout) if document]
    (found,) = (document for document in documents if document["kind"] == "Deployment")
    return found["spec"]["template"]["spec"]


def environment(container: dict) -> dict[str, str]:
    """Returns the environment variables of a container as a dict."""
    return {entry["name"]: entry["value"] for entry in container["env"]}


@unittest.skipUnless(HELM, "SKIPPED, no helm: set HELM or put it on PATH")
class Chart(unittest.TestCase):
    def test_lint_finds_no_problems(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "values.json"
            file.write_text(json.dumps(VALUES))
            lint = subprocess.run(
                [HELM, "lint", "--strict", str(EXAMPLE / "chart"), "--values", str(file)],
                capture_output=True,
                text=True,
            )
        self.assertEqual(lint.returncode, 0, lint.stdout + lint.stderr)

    def test_strings_reach_the_pod_unchanged(self):
        for version in ("3", "007", "20241113020034", "99999999999999999"):
            hostile = {"name": "a,b{}[].\\='\"\n- {{ 1 }}", "version": version}
            pod = deployment({"model": VALUES["model"] | hostile})
            for container in pod["initContainers"] + pod["containers"]:
                variables = environment(container)
                self.assertEqual(variables["MODEL_VERSION"], version)
                self.assertEqual(variables["MODEL_NAME"], hostile["name"])

    def test_invalid_values_are_rejected(self):
        invalid = [
            ("version", ""),
            ("version", 3),
            ("version", None),
            ("version", "champion"),
            ("version", "@champion"),
            ("version", "3\n"),
            ("name", ""),
            ("name", "a/b"),
            ("mlflowUri", ""),
            ("mlflowUri", "sqlite:///mlflow.db"),
            ("versoin", "3"),
        ]
        for key, value in invalid:
            rendered = render({"model": VALUES["model"] | {key: value}})
            self.assertNotEqual(rendered.returncode, 0, (key, value))
            self.assertIn(key, rendered.stderr)

    def test_only_the_init_container_gets_the_credentials(self):
        pod = deployment({"model": VALUES["model"] | {"credentialsSecret": "mlflow"}})
        self.assertEqual(pod["initContainers"][0]["envFrom"], [{"secretRef": {"name": "mlflow"}}])
        self.assertNotIn("envFrom", pod["containers"][0])
        self.assertNotIn("envFrom", deployment(VALUES)["initContainers"][0])

    def test_the_pod_has_a_restrictive_security_context(self):
        pod = deployment(VALUES)
        self.assertIs(pod["automountServiceAccountToken"], False)
        self.assertEqual(pod["securityContext"]["runAsUser"], 10001)
        self.assertIs(pod["securityContext"]["runAsNonRoot"], True)
        self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
        for container in pod["initContainers"] + pod["containers"]:
            self.assertEqual(
                container["securityContext"],
                {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
            )
            self.assertIn("memory", container["resources"]["limits"])


if __name__ == "__main__":
    unittest.main()
