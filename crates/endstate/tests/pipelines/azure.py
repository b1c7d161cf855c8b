"""Runs the steps of an Azure pipeline on this machine, in place of its agent.

Usage: azure.py PIPELINE.yml. Prints a line for each step: its name, and what happened. Knows the
steps and conditions that docs/ci.md uses, and fails on any other.
"""

import os
import subprocess
import sys

import junitparser
import yaml

SUMMARY = "##vso[task.uploadsummary]"


def bash(script):
    ran = subprocess.run(["bash", "-e", "-c", script], stdout=subprocess.PIPE, text=True)
    for line in ran.stdout.splitlines():
        if line.startswith(SUMMARY):
            with open(line[len(SUMMARY):], encoding="utf-8") as summary:
                print("summary:", summary.readline().strip())
    return ran.returncode


def publish(inputs):
    assert inputs["testResultsFormat"] == "JUnit", inputs
    results = junitparser.JUnitXml.fromfile(inputs["testResultsFiles"])
    print(f"{inputs['testRunTitle']}: {results.tests} tests, {results.failures} failures, {results.errors} errors")
    return 0


def run(step):
    if "script" in step:
        return bash(step["script"])
    inputs = step["inputs"]
    if step["task"] == "AzureCLI@2":
        assert (inputs["scriptType"], inputs["scriptLocation"]) == ("bash", "inlineScript"), inputs
        return bash(inputs["inlineScript"])
    assert step["task"] == "PublishTestResults@2", step
    return publish(inputs)


def main():
    with open(sys.argv[1], encoding="utf-8") as text:
        pipeline = yaml.safe_load(text)
    has_failed = False
    for step in pipeline["steps"]:
        condition = step.get("condition", "succeeded()")
        assert condition in ("succeeded()", "succeededOrFailed()"), condition
        name = step.get("displayName", step.get("task"))
        if has_failed and condition == "succeeded()":
            print(f"{name}: skipped")
            continue
        code = run(step)
        print(f"{name}: {code}")
        has_failed = has_failed or code != 0
    print("failed" if has_failed else "succeeded")


os.environ["TF_BUILD"] = "True"
main()
