"""What is required. One folder an area, one file a section; a file reads like the specification."""
