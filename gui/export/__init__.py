"""Files of what is shown: pictures, data, scripts."""
