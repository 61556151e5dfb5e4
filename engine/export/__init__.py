"""A recording in other formats: JSON, and a static picture in SVG."""
