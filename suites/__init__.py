"""The requirements and their checks: a folder for each area, a file for each section."""
