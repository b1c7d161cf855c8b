"""Prints the test cases of a JUnit file as JSON: the suite, the class, the name and the result of each."""

import json
import sys

import junitparser

cases = []
for suite in junitparser.JUnitXml.fromfile(sys.argv[1]):
    for case in suite:
        result = case.result[0] if case.result else None
        kind = type(result).__name__ if result else "Passed"
        message = result.message if result else None
        text = result.text if result else None
        cases.append(
            {
                "suite": suite.name,
                "class": case.classname,
                "name": case.name,
                "result": kind,
                "message": message,
                "text": text,
            }
        )
json.dump(cases, sys.stdout)
