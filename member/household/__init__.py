"""The household: bills, what comes again, statements, and settling up; values in, values out."""
