"""Files for other programs and from them: JSON, CSV, calendars, photos."""
