"""The pictures of lessons, examples and kinds of files: SVG in which colours are tokens, drawn with our letters."""
