"""Prints the sheets of a workbook as JSON: the name, the filter, the frozen cell and the rows of each."""

import json
import sys

import openpyxl

sheets = {}
for sheet in openpyxl.load_workbook(sys.argv[1]):
    sheets[sheet.title] = {
        "filter": sheet.auto_filter.ref,
        "frozen": sheet.freeze_panes,
        "formulas": sum(cell.data_type == "f" for row in sheet for cell in row),
        "rows": [[cell.value for cell in row] for row in sheet],
    }
json.dump(sheets, sys.stdout, default=str)
